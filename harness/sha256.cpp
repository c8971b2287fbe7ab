#include "harness/sha256.h"

#include <openssl/evp.h>

#include <algorithm>

#include "core/error.h"

namespace costwar::harness {
namespace {

// Looking the algorithm up costs more than hashing a short text, so it is done once.
const EVP_MD* algorithm() {
  static const std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> fetched(
      EVP_MD_fetch(nullptr, "SHA256", nullptr), &EVP_MD_free);
  return fetched.get();
}

void require(bool ok) {
  if (!ok)
    throw Error(ErrorKind::internal, "OpenSSL cannot compute SHA-256",
                "check the OpenSSL configuration of this machine");
}

EVP_MD_CTX* as_context(void* context) {
  return static_cast<EVP_MD_CTX*>(context);
}

}  // namespace

void Sha256::Free::operator()(void* context) const {
  EVP_MD_CTX_free(as_context(context));
}

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  require(context_ != nullptr && algorithm() != nullptr);
  require(EVP_DigestInit_ex2(as_context(context_.get()), algorithm(), nullptr) == 1);
}

Sha256& Sha256::update(std::string_view bytes) {
  require(EVP_DigestUpdate(as_context(context_.get()), bytes.data(), bytes.size()) == 1);
  return *this;
}

Sha256& Sha256::field(std::string_view bytes) {
  return field(static_cast<std::uint64_t>(bytes.size())).update(bytes);
}

Sha256& Sha256::field(std::uint64_t number) {
  std::array<char, 8> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(number >> (8 * (7 - i)) & 0xff);
  return update(std::string_view(bytes.data(), bytes.size()));
}

std::array<unsigned char, 32> Sha256::finish() {
  std::array<unsigned char, 32> digest{};
  require(EVP_DigestFinal_ex(as_context(context_.get()), digest.data(), nullptr) == 1);
  return digest;
}

std::string Sha256::finish_hex(std::size_t digits) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  hex.reserve(64);
  for (const unsigned char byte : finish()) {
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 0xf];
  }
  hex.resize(std::min<std::size_t>(digits, hex.size()));
  return hex;
}

std::uint64_t Sha256::finish_prefix() {
  const auto digest = finish();
  std::uint64_t prefix = 0;
  for (std::size_t i = 0; i < 8; ++i) prefix = prefix << 8 | digest[i];
  return prefix;
}

}  // namespace costwar::harness
