// Gguf::parse: one pass over the header with every bound checked before it is relied on.
#include <bit>
#include <cstring>

#include "providers/local/gguf.h"
#include "providers/local/gguf_detail.h"

namespace costwar::local {

namespace {

constexpr TensorTypeInfo kTypes[] = {
    {TensorType::f32, "F32", 1, 4},       {TensorType::f16, "F16", 1, 2},
    {TensorType::q4_0, "Q4_0", 32, 18},   {TensorType{3}, "Q4_1", 32, 20},
    {TensorType{6}, "Q5_0", 32, 22},      {TensorType{7}, "Q5_1", 32, 24},
    {TensorType::q8_0, "Q8_0", 32, 34},   {TensorType{9}, "Q8_1", 32, 36},
    {TensorType{10}, "Q2_K", 256, 84},    {TensorType{11}, "Q3_K", 256, 110},
    {TensorType{12}, "Q4_K", 256, 144},   {TensorType{13}, "Q5_K", 256, 176},
    {TensorType{14}, "Q6_K", 256, 210},   {TensorType{15}, "Q8_K", 256, 292},
    {TensorType{16}, "IQ2_XXS", 256, 66}, {TensorType{17}, "IQ2_XS", 256, 74},
    {TensorType{18}, "IQ3_XXS", 256, 98}, {TensorType{19}, "IQ1_S", 256, 50},
    {TensorType{20}, "IQ4_NL", 32, 18},   {TensorType{21}, "IQ3_S", 256, 110},
    {TensorType{22}, "IQ2_S", 256, 82},   {TensorType{23}, "IQ4_XS", 256, 136},
    {TensorType{24}, "I8", 1, 1},         {TensorType{25}, "I16", 1, 2},
    {TensorType{26}, "I32", 1, 4},        {TensorType{27}, "I64", 1, 8},
    {TensorType{28}, "F64", 1, 8},        {TensorType{29}, "IQ1_M", 256, 56},
    {TensorType::bf16, "BF16", 1, 2},     {TensorType{34}, "TQ1_0", 256, 54},
    {TensorType{35}, "TQ2_0", 256, 66},   {TensorType{39}, "MXFP4", 32, 17},
    {TensorType{40}, "NVFP4", 64, 36},    {TensorType{41}, "Q1_0", 128, 18},
    {TensorType{42}, "Q2_0", 64, 18},
};

constexpr std::string_view kRefetch = "fetch or convert the file again";

}  // namespace

using detail::quoted;
using detail::scalar_bytes;
using detail::scalar_value;

const TensorTypeInfo* tensor_type_info(TensorType type) {
  for (const auto& info : kTypes)
    if (info.type == type) return &info;
  return nullptr;
}

class GgufParser {
 public:
  GgufParser(std::span<const std::byte> bytes, std::string name) : bytes_(bytes) {
    result_.name_ = std::move(name);
    result_.file_bytes_ = bytes.size();
  }

  Gguf run() {
    read_magic();
    const auto tensors = number<std::uint64_t>("tensor count");
    const auto keys = number<std::uint64_t>("key count");
    limit(tensors, 65536, "tensors");
    limit(keys, 65536, "keys");
    for (std::uint64_t i = 0; i < keys; ++i) read_pair(i);
    const std::uint64_t alignment = read_alignment();
    result_.tensors_.reserve(static_cast<std::size_t>(tensors));
    for (std::uint64_t i = 0; i < tensors; ++i) read_tensor(i, alignment);
    place_tensors(alignment);
    return std::move(result_);
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    result_.fail(what + " (at byte " + std::to_string(at_) + ")", std::string(kRefetch));
  }

  void limit(std::uint64_t count, std::uint64_t most, const char* what) const {
    if (count > most)
      fail("claims " + std::to_string(count) + " " + what + ", more than " + std::to_string(most));
  }

  const std::byte* take(std::uint64_t count, const std::string& what) {
    if (count > result_.file_bytes_ - at_) fail("ends within " + what);
    const std::byte* from = bytes_.data() + at_;
    at_ += static_cast<std::size_t>(count);
    return from;
  }

  template <class T>
  T number(const std::string& what) {
    return detail::load<T>(take(sizeof(T), what));
  }

  std::string_view text(std::uint64_t most, const std::string& what) {
    const auto length = number<std::uint64_t>(what);
    if (length > most)
      fail(what + " has " + std::to_string(length) + " bytes, more than " + std::to_string(most));
    return {reinterpret_cast<const char*>(take(length, what)), static_cast<std::size_t>(length)};
  }

  void read_magic() {
    if (result_.file_bytes_ < 4) fail("is too short to be a GGUF file");
    if (std::memcmp(take(4, "the magic"), "GGUF", 4) != 0) {
      at_ = 0;
      fail("is not a GGUF file: it does not begin with 'GGUF'");
    }
    result_.version_ = number<std::uint32_t>("the version");
    const std::uint32_t version = result_.version_;
    if (version >= 0x01000000 && (version & 0xffffff) == 0)
      fail("is a big-endian GGUF file, which is not supported");
    if (version != 2 && version != 3)
      fail("has GGUF version " + std::to_string(version) + "; 2 and 3 are supported");
  }

  void read_pair(std::uint64_t index) {
    const std::string where = "key " + std::to_string(index);
    const auto key = text(1024, where);
    if (result_.values_.contains(key)) fail("has the key " + quoted(key) + " twice");
    const std::string what = "the value of " + quoted(key);
    result_.values_.emplace(key, read_value(GgufType{number<std::uint32_t>(what)}, what));
  }

  GgufValue read_value(GgufType type, const std::string& what) {
    if (type == GgufType::string) return text(result_.file_bytes_, what);
    if (type == GgufType::array) return read_array(what);
    const std::size_t size = scalar_bytes(type);
    if (size == 0) fail(what + " has the unknown type " + std::to_string(static_cast<std::uint32_t>(type)));
    return scalar_value(type, take(size, what));
  }

  GgufArray read_array(const std::string& what) {
    GgufArray array;
    array.type = GgufType{number<std::uint32_t>(what)};
    const auto count = number<std::uint64_t>(what);
    limit(count, std::uint64_t{1} << 24, "array elements");
    array.count = static_cast<std::size_t>(count);
    if (array.type == GgufType::array) fail(what + " is an array of arrays, which is not supported");
    if (array.type == GgufType::string) {
      // Every string costs at least its 8 bytes of length, so a false count cannot claim more memory than the
      // file has.
      if (count > (result_.file_bytes_ - at_) / 8) fail("ends within " + what);
      array.strings.reserve(array.count);
      for (std::uint64_t i = 0; i < count; ++i) array.strings.push_back(text(result_.file_bytes_, what));
      return array;
    }
    const std::size_t size = scalar_bytes(array.type);
    if (size == 0)
      fail(what + " has the unknown element type " + std::to_string(static_cast<std::uint32_t>(array.type)));
    array.raw = {take(count * size, what), array.count * size};
    return array;
  }

  std::uint64_t read_alignment() const {
    const std::uint64_t alignment = result_.optional_u32("general.alignment").value_or(32);
    if (!std::has_single_bit(alignment) || alignment < 8 || alignment > 65536)
      fail("has general.alignment " + std::to_string(alignment) +
           "; a power of two from 8 to 65536 is expected");
    return alignment;
  }

  void read_tensor(std::uint64_t index, std::uint64_t alignment) {
    const std::string where = "the description of tensor " + std::to_string(index);
    GgufTensor tensor;
    tensor.name = text(1024, where);
    const std::string what = "tensor " + quoted(tensor.name);
    tensor.dimensions = number<std::uint32_t>(where);
    if (tensor.dimensions < 1 || tensor.dimensions > 4)
      fail(what + " has " + std::to_string(tensor.dimensions) + " dimensions; 1 to 4 are expected");
    tensor.elements = 1;
    for (unsigned d = 0; d < tensor.dimensions; ++d) {
      tensor.shape[d] = number<std::uint64_t>(where);
      if (tensor.shape[d] == 0) fail(what + " has an empty dimension");
      if (__builtin_mul_overflow(tensor.elements, tensor.shape[d], &tensor.elements))
        fail(what + " is impossibly large");
    }
    tensor.type = TensorType{number<std::uint32_t>(where)};
    const TensorTypeInfo* info = tensor_type_info(tensor.type);
    if (info == nullptr)
      fail(what + " has the unknown type " + std::to_string(static_cast<std::uint32_t>(tensor.type)));
    if (tensor.shape[0] % info->block_elements != 0)
      fail(what + " has rows of " + std::to_string(tensor.shape[0]) + " values, which " +
           std::string(info->name) + " cannot store");
    if (__builtin_mul_overflow(tensor.elements / info->block_elements, std::uint64_t{info->block_bytes},
                               &tensor.bytes))
      fail(what + " is impossibly large");
    tensor.offset = number<std::uint64_t>(where);
    if (tensor.offset % alignment != 0)
      fail(what + " begins at " + std::to_string(tensor.offset) + ", not a multiple of the alignment");
    if (!result_.tensor_index_.emplace(tensor.name, result_.tensors_.size()).second)
      fail("has " + what + " twice");
    result_.tensors_.push_back(tensor);
  }

  // Offsets in the file count from the aligned end of the header.
  void place_tensors(std::uint64_t alignment) {
    const std::uint64_t data = (std::uint64_t{at_} + alignment - 1) / alignment * alignment;
    std::map<std::uint64_t, const GgufTensor*> by_offset;
    for (auto& tensor : result_.tensors_) {
      const std::string what = "tensor " + quoted(tensor.name);
      if (data > result_.file_bytes_ || tensor.offset > result_.file_bytes_ - data ||
          tensor.bytes > result_.file_bytes_ - data - tensor.offset)
        fail(what + " lies outside the file: it needs " + std::to_string(tensor.bytes) +
             " bytes at data offset " + std::to_string(tensor.offset) + ", the file has " +
             std::to_string(result_.file_bytes_) + " in all");
      tensor.offset += data;
      if (!by_offset.emplace(tensor.offset, &tensor).second) fail(what + " begins where another tensor does");
      tensor.data =
          bytes_.subspan(static_cast<std::size_t>(tensor.offset), static_cast<std::size_t>(tensor.bytes));
    }
    const GgufTensor* before = nullptr;
    for (const auto& [offset, tensor] : by_offset) {
      if (before != nullptr && before->offset + before->bytes > offset)
        fail("tensors " + quoted(before->name) + " and " + quoted(tensor->name) + " overlap");
      before = tensor;
    }
  }

  std::span<const std::byte> bytes_;
  std::size_t at_ = 0;
  Gguf result_;
};

Gguf Gguf::parse(std::span<const std::byte> bytes, std::string name) {
  return GgufParser(bytes, std::move(name)).run();
}

}  // namespace costwar::local
