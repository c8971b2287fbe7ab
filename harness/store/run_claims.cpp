#include "harness/store/run_claims.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace costwar::harness {
namespace {

// Run numbers begin at 1, which leaves byte 0 for setting up the store.
constexpr std::int64_t kSetupByte = 0;

struct flock byte_lock(int type, std::int64_t byte) {
  struct flock lock {};
  lock.l_type = static_cast<short>(type);
  lock.l_whence = SEEK_SET;
  lock.l_start = byte;
  lock.l_len = 1;
  return lock;
}

}  // namespace

RunClaims::RunClaims(const std::filesystem::path& store) {
  std::filesystem::path file = store;
  file += "-claims";
  fd_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (fd_ < 0) fd_ = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
}

RunClaims::~RunClaims() {
  if (fd_ >= 0) ::close(fd_);
}

bool RunClaims::claim(std::int64_t run) {
  if (mine(run)) return true;
  struct flock lock = byte_lock(F_WRLCK, run);
  if (fd_ < 0 || ::fcntl(fd_, F_OFD_SETLK, &lock) != 0) return false;
  claimed_.insert(run);
  return true;
}

void RunClaims::release(std::int64_t run) {
  struct flock lock = byte_lock(F_UNLCK, run);
  if (claimed_.erase(run) > 0) ::fcntl(fd_, F_OFD_SETLK, &lock);
}

bool RunClaims::live(std::int64_t run) const {
  if (mine(run)) return true;
  struct flock lock = byte_lock(F_WRLCK, run);
  return fd_ >= 0 && ::fcntl(fd_, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

RunClaims::Setup::Setup(RunClaims& claims) : claims_(claims) {
  struct flock lock = byte_lock(F_WRLCK, kSetupByte);
  while (claims_.fd_ >= 0 && ::fcntl(claims_.fd_, F_OFD_SETLKW, &lock) != 0 && errno == EINTR) {
  }
}

RunClaims::Setup::~Setup() {
  struct flock lock = byte_lock(F_UNLCK, kSetupByte);
  if (claims_.fd_ >= 0) ::fcntl(claims_.fd_, F_OFD_SETLK, &lock);
}

}  // namespace costwar::harness
