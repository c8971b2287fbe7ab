// From tensors of a file to what the layers compute with: the tensors of one file by name, each checked for
// shape and type before its data is touched, and the memory that is allocated for them, the cache and scratch
// counted against a limit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "providers/local/gguf.h"
#include "providers/local/matrix.h"

namespace costwar::local {

// What becomes of the matrices of a file: repacked (a second copy in memory, the faster one), in place, or
// whichever suits the file's size: repacked up to kRepackedMost bytes.
enum class WeightLayout { automatic, repacked, in_place };
inline constexpr std::uint64_t kRepackedMost = std::uint64_t{1} << 30;

// finish() refuses a file that has tensors which nobody asked for: ignoring a bias or a scale would give
// wrong answers without a word.
class WeightReader {
 public:
  // In place only where the file's bytes outlive what is read.
  WeightReader(const Gguf& file, std::uint64_t memory_limit, bool in_place)
      : file_(file), memory_left_(memory_limit), in_place_(in_place) {}

  const Gguf& file() const { return file_; }
  bool has(const std::string& name) const { return file_.has_tensor(name); }
  Floats vector(const std::string& name, std::size_t size);
  Matrix matrix(const std::string& name, std::size_t inputs, std::size_t outputs);
  std::vector<Matrix> matrices(const std::string& name, std::size_t inputs, std::size_t outputs,
                               std::size_t count);
  // Rows as floats, unpacked: for rearrangements.
  Floats rows(const std::string& name, std::size_t width, std::size_t count);
  RowTable table(const std::string& name, std::size_t width, std::size_t count);
  // Counts memory that is not a tensor's.
  void reserve(std::uint64_t bytes);
  // Makes scratch memory that layers share at least this large.
  void enlarge(Floats& scratch, std::size_t size);
  void finish(const std::vector<std::string>& ignored_prefixes) const;

 private:
  const GgufTensor& checked(const std::string& name, std::size_t a, std::size_t b, std::size_t c);

  const Gguf& file_;
  std::uint64_t memory_left_;
  bool in_place_;
  std::set<std::string, std::less<>> used_;
};

}  // namespace costwar::local
