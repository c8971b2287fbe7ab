#include "providers/local/matrix.h"

#include <algorithm>
#include <cstring>

namespace costwar::local {

namespace {

std::uint16_t read_bits(const std::byte* from) {
  std::uint16_t bits;
  std::memcpy(&bits, from, 2);
  return bits;
}

bool is_panels(Storage storage) {
  return storage == Storage::f32_panels || storage == Storage::q8_panels || storage == Storage::q4_panels;
}

Storage row_storage(TensorType type) {
  switch (type) {
    case TensorType::f16:
      return Storage::f16_rows;
    case TensorType::bf16:
      return Storage::bf16_rows;
    case TensorType::q8_0:
      return Storage::q8_rows;
    case TensorType::q4_0:
      return Storage::q4_rows;
    case TensorType::f32:
      break;
  }
  return Storage::f32_rows;
}

Storage panel_storage(TensorType type) {
  if (type == TensorType::q8_0) return Storage::q8_panels;
  return type == TensorType::q4_0 ? Storage::q4_panels : Storage::f32_panels;
}

std::size_t panel_bytes(Storage storage, std::size_t inputs) {
  if (storage == Storage::q8_panels) return inputs / kBlock * kQ8PanelBlock;
  if (storage == Storage::q4_panels) return inputs / kBlock * kQ4PanelBlock;
  return inputs * kPanel * sizeof(float);
}

std::size_t panels_of(std::size_t outputs) {
  return (outputs + kPanel - 1) / kPanel;
}

const std::byte* row_data(const GgufTensor& tensor, std::size_t row) {
  return tensor.data.data() + row * row_bytes(tensor.type, static_cast<std::size_t>(tensor.shape[0]));
}

// A weight of a block without its scale; of Q4_0 as the nibble that is stored.
std::byte stored_weight(TensorType type, const std::byte* block, std::size_t input) {
  if (type == TensorType::q8_0) return block[2 + input];
  const std::byte both = block[2 + input % 16];
  return input < 16 ? both & std::byte{15} : both >> 4;
}

}  // namespace

bool can_compute(TensorType type) {
  return type == TensorType::f32 || type == TensorType::f16 || type == TensorType::bf16 ||
         type == TensorType::q8_0 || type == TensorType::q4_0;
}

std::size_t row_bytes(TensorType type, std::size_t width) {
  const TensorTypeInfo& info = *tensor_type_info(type);
  return width / info.block_elements * info.block_bytes;
}

void dequantise(TensorType type, const std::byte* from, std::size_t width, float* out) {
  if (type == TensorType::f32) {
    std::memcpy(out, from, width * sizeof(float));
  } else if (type == TensorType::f16) {
    for (std::size_t i = 0; i < width; ++i) out[i] = half_to_float(read_bits(from + i * 2));
  } else if (type == TensorType::bf16) {
    for (std::size_t i = 0; i < width; ++i) out[i] = bfloat_to_float(read_bits(from + i * 2));
  } else {
    const std::size_t bytes = type == TensorType::q8_0 ? kQ8RowBlock : kQ4RowBlock;
    const int zero = type == TensorType::q8_0 ? 0 : 8;
    for (std::size_t i = 0; i < width; i += kBlock, from += bytes) {
      const float scale = half_to_float(read_bits(from));
      for (std::size_t k = 0; k < kBlock; ++k)
        out[i + k] =
            scale * static_cast<float>(static_cast<std::int8_t>(stored_weight(type, from, k)) - zero);
    }
  }
}

Matrix::Matrix(Storage storage, std::size_t inputs, std::size_t outputs, std::size_t stride)
    : storage_(storage), inputs_(inputs), outputs_(outputs), stride_(stride) {}

Matrix::Matrix(std::size_t inputs, std::size_t outputs)
    : Matrix(Storage::f32_panels, inputs, outputs, panel_bytes(Storage::f32_panels, inputs)) {
  owned_.resize(panels_of(outputs) * stride_);
}

std::uint64_t Matrix::repacked_bytes(TensorType type, std::size_t inputs, std::size_t outputs) {
  return std::uint64_t{panels_of(outputs)} * panel_bytes(panel_storage(type), inputs);
}

void Matrix::set(std::size_t output, std::size_t input, float weight) {
  std::memcpy(owned_.data() + output / kPanel * stride_ + (input * kPanel + output % kPanel) * sizeof(float),
              &weight, sizeof weight);
}

void Matrix::set_row(std::size_t output, const float* weights) {
  for (std::size_t i = 0; i < inputs_; ++i) set(output, i, weights[i]);
}

Matrix Matrix::repacked(const GgufTensor& tensor, std::size_t first, std::size_t outputs) {
  const auto inputs = static_cast<std::size_t>(tensor.shape[0]);
  const Storage storage = panel_storage(tensor.type);
  if (storage != Storage::f32_panels) {
    Matrix out(storage, inputs, outputs, panel_bytes(storage, inputs));
    out.owned_.resize(panels_of(outputs) * out.stride_);
    out.pack_integers(tensor, first);
    return out;
  }
  Matrix out(inputs, outputs);
  Floats row(inputs);
  for (std::size_t r = 0; r < outputs; ++r) {
    dequantise(tensor.type, row_data(tensor, first + r), inputs, row.data());
    out.set_row(r, row.data());
  }
  return out;
}

void Matrix::pack_integers(const GgufTensor& tensor, std::size_t first) {
  const bool nibbles = storage_ == Storage::q4_panels;
  const std::size_t from_bytes = nibbles ? kQ4RowBlock : kQ8RowBlock;
  const std::size_t to_bytes = nibbles ? kQ4PanelBlock : kQ8PanelBlock;
  for (std::size_t o = 0; o < outputs_; ++o) {
    const std::byte* const row = row_data(tensor, first + o);
    std::byte* const panel = owned_.data() + o / kPanel * stride_;
    for (std::size_t b = 0; b < inputs_ / kBlock; ++b) {
      const std::byte* const from = row + b * from_bytes;
      std::byte* const to = panel + b * to_bytes;
      std::memcpy(to + o % kPanel * 2, from, 2);
      std::byte* const weights = to + kPanel * 2 + o % kPanel * 2;
      for (std::size_t i = 0; i < (nibbles ? kBlock / 2 : kBlock); ++i) {
        std::byte weight = stored_weight(tensor.type, from, i);
        if (nibbles) weight |= stored_weight(tensor.type, from, i + 16) << 4;
        weights[i / 2 * kPanel * 2 + i % 2] = weight;
      }
    }
  }
}

Matrix Matrix::in_place(const GgufTensor& tensor, std::size_t first, std::size_t outputs) {
  const auto inputs = static_cast<std::size_t>(tensor.shape[0]);
  Matrix out(row_storage(tensor.type), inputs, outputs, row_bytes(tensor.type, inputs));
  out.outside_ = row_data(tensor, first);
  return out;
}

WeightView Matrix::view(std::size_t first, std::size_t count) const {
  const std::byte* const data = outside_ != nullptr ? outside_ : owned_.data();
  return {data + (is_panels(storage_) ? first / kPanel : first) * stride_, inputs_, count, stride_};
}

RowTable::RowTable(const GgufTensor& tensor, bool in_place)
    : type_(tensor.type), width_(static_cast<std::size_t>(tensor.shape[0])) {
  if (in_place)
    outside_ = tensor.data.data();
  else
    owned_.assign(tensor.data.begin(), tensor.data.end());
}

void RowTable::row(std::size_t index, float* out) const {
  const std::byte* const data = outside_ != nullptr ? outside_ : owned_.data();
  dequantise(type_, data + index * row_bytes(type_, width_), width_, out);
}

void product(const Kernels& kernels, Storage storage, const WeightView& view, Rows x, IntegerRows integers,
             MutableRows y, std::size_t rows) {
  switch (storage) {
    case Storage::f32_panels:
      return kernels.matmul(
          {reinterpret_cast<const float*>(view.data), view.inputs, view.outputs, view.stride / sizeof(float)},
          x, y, rows);
    case Storage::f32_rows:
      return kernels.f32_rows(view, x, y, rows);
    case Storage::f16_rows:
      return kernels.f16_rows(view, x, y, rows);
    case Storage::bf16_rows:
      return kernels.bf16_rows(view, x, y, rows);
    case Storage::q8_panels:
      return kernels.q8_panels(view, integers, y, rows);
    case Storage::q4_panels:
      return kernels.q4_panels(view, integers, y, rows);
    case Storage::q8_rows:
      return kernels.q8_rows(view, integers, y, rows);
    case Storage::q4_rows:
      return kernels.q4_rows(view, integers, y, rows);
  }
}

}  // namespace costwar::local
