#include "providers/local/layers.h"

#include <algorithm>
#include <cmath>

namespace costwar::local {

RopeTable::RopeTable(std::size_t size, float base, std::size_t positions)
    : size_(size), cosines_(positions * size / 2), sines_(positions * size / 2) {
  for (std::size_t i = 0; i < size / 2; ++i) {
    const double frequency =
        std::pow(double{base}, -2.0 * static_cast<double>(i) / static_cast<double>(size));
    for (std::size_t p = 0; p < positions; ++p) {
      const double angle = static_cast<double>(p) * frequency;
      cosines_[p * size / 2 + i] = static_cast<float>(std::cos(angle));
      sines_[p * size / 2 + i] = static_cast<float>(std::sin(angle));
    }
  }
}

void RopeTable::apply(float* x, std::size_t position) const {
  const float* const cosine = cosines_.data() + position * size_ / 2;
  const float* const sine = sines_.data() + position * size_ / 2;
  for (std::size_t i = 0; i < size_ / 2; ++i) {
    const float a = x[2 * i], b = x[2 * i + 1];
    x[2 * i] = a * cosine[i] - b * sine[i];
    x[2 * i + 1] = a * sine[i] + b * cosine[i];
  }
}

namespace {

constexpr std::size_t kQueryBlock = 64;  // rows of scores held at once by a thread

std::size_t score_stride(std::size_t capacity) {
  return (capacity + kPanel - 1) / kPanel * kPanel;
}

// Rows [from, from + count) of a task.
void attend_block(const AttentionTask& task, std::size_t from, std::size_t count, std::size_t first_position,
                  float* scores, std::size_t stride) {
  const Kernels& k = kernels();
  const std::size_t seen = first_position + (from + count - 1) / task.heads_per_token + 1;
  k.matmul(task.cache->keys(seen), {task.queries.data + from * task.queries.stride, task.queries.stride},
           {scores, stride}, count);
  for (std::size_t r = 0; r < count; ++r) {
    float* const row = scores + r * stride;
    const std::size_t visible = first_position + (from + r) / task.heads_per_token + 1;
    k.softmax(row, visible);
    std::fill(row + visible, row + seen, 0.0f);
  }
  k.matmul(task.cache->values(seen), {scores, stride},
           {task.out.data + from * task.out.stride, task.out.stride}, count);
}

}  // namespace

std::size_t score_floats(std::size_t capacity, std::size_t threads) {
  return threads * kQueryBlock * score_stride(capacity);
}

void attend(Workspace& workspace, std::span<const AttentionTask> tasks, std::size_t first_position,
            std::size_t capacity) {
  if (tasks.empty()) return;
  const AttentionTask& one = tasks.front();  // all have as many rows
  const std::size_t share = one.rows * tasks.size() / workspace.compute.threads();
  const std::size_t block = std::clamp<std::size_t>(share, 4, kQueryBlock);
  const std::size_t blocks = (one.rows + block - 1) / block;
  const std::size_t stride = score_stride(capacity);
  const std::size_t work = one.rows * tasks.size() * (first_position + one.rows / one.heads_per_token) *
                           (one.cache->key_size() + one.cache->value_size());
  workspace.compute.share(tasks.size() * blocks, work, [&](std::size_t index, std::size_t thread) {
    const std::size_t from = index % blocks * block;
    attend_block(tasks[index / blocks], from, std::min(block, one.rows - from), first_position,
                 workspace.scores.data() + thread * kQueryBlock * stride, stride);
  });
}

}  // namespace costwar::local
