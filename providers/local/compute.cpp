#include "providers/local/compute.h"

#include <algorithm>

namespace costwar::local {

void Operand::set(Rows floats, std::size_t inputs, std::size_t rows) {
  floats_ = floats;
  inputs_ = inputs;
  rows_ = rows;
  prepared_ = false;
}

void Compute::prepare(Operand& x) {
  if (x.prepared_) return;
  x.stride_ = integer_row_bytes(x.inputs_);
  if (x.integers_.size() < x.stride_ * x.rows_) x.integers_.resize(x.stride_ * x.rows_);
  const Kernels& k = kernels();
  share(x.rows_, x.rows_ * x.inputs_, [&](std::size_t row, std::size_t) {
    k.to_integers(x.floats_.data + row * x.floats_.stride, x.inputs_, x.integers_.data() + row * x.stride_);
  });
  x.prepared_ = true;
}

namespace {

std::size_t work_of(const Product& one) {
  return one.w->inputs() * one.w->outputs() * one.rows;
}

void run_product(const Product& one, std::size_t first, std::size_t count) {
  const Rows x = one.x->floats();
  const IntegerRows integers = one.x->integers();
  product(kernels(), one.w->storage(), one.w->view(first, count),
          {x.data + one.first * x.stride, one.step * x.stride},
          {wants_integers(one.w->storage()) ? integers.data + one.first * integers.stride : nullptr,
           one.step * integers.stride},
          {one.y.data + first, one.y.stride}, one.rows);
}

}  // namespace

// Some four pieces a thread, each of whole pairs of panels.
void Compute::split(std::span<const Product> products, std::size_t work) {
  const std::size_t aim = std::max<std::size_t>(work / (threads() * 4), 1);
  pieces_.clear();
  for (const Product& one : products) {
    const std::size_t outputs = one.w->outputs();
    const std::size_t pairs =
        std::max<std::size_t>(aim / std::max<std::size_t>(one.w->inputs() * one.rows * 2 * kPanel, 1), 1);
    for (std::size_t from = 0; from < outputs && one.rows > 0; from += pairs * 2 * kPanel)
      pieces_.push_back({&one, from, std::min(pairs * 2 * kPanel, outputs - from)});
  }
}

void Compute::multiply(std::span<const Product> products) {
  std::size_t work = 0;
  for (const Product& one : products) {
    if (one.rows > 0 && wants_integers(one.w->storage())) prepare(*one.x);
    work += work_of(one);
  }
  if (threads() == 1 || work < kWorthSharing) {
    for (const Product& one : products)
      if (one.rows > 0) run_product(one, 0, one.w->outputs());
    return;
  }
  split(products, work);
  pool_.run(pieces_.size(), [this](std::size_t index, std::size_t) {
    const Piece& piece = pieces_[index];
    run_product(*piece.product, piece.first, piece.count);
  });
}

void Compute::multiply(const Matrix& w, Operand& x, MutableRows y) {
  const Product one{&w, &x, y, x.rows()};
  multiply({&one, 1});
}

}  // namespace costwar::local
