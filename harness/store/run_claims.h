// Which process is measuring which run. Each run that a living process works on is a lock on one byte (the
// run's number) of the file "<store>-claims". The kernel drops the lock when the process ends, however it
// ends, so that a crash is told from a run that still goes on, also between containers that share the folder.
// Advisory, Linux open file description locks: two RunClaims of one process exclude each other too. Not
// thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <set>

namespace costwar::harness {

// Load runs have numbers of their own, and are claimed as this and their number.
inline constexpr std::int64_t kLoadClaims = std::int64_t{1} << 40;

class RunClaims {
 public:
  // Makes the file where it is missing; a folder that may not be written leaves claims that can only be
  // looked at.
  explicit RunClaims(const std::filesystem::path& store);
  RunClaims(const RunClaims&) = delete;
  RunClaims& operator=(const RunClaims&) = delete;
  ~RunClaims();  // gives up every claim

  // False when another process (or another RunClaims) has it.
  bool claim(std::int64_t run);
  void release(std::int64_t run);

  bool mine(std::int64_t run) const { return claimed_.contains(run); }
  bool live(std::int64_t run) const;  // claimed by anyone

  // Waits until no other process is inside its own Setup; for making and migrating the store.
  class Setup {
   public:
    explicit Setup(RunClaims& claims);
    Setup(const Setup&) = delete;
    Setup& operator=(const Setup&) = delete;
    ~Setup();

   private:
    RunClaims& claims_;
  };

 private:
  int fd_ = -1;
  std::set<std::int64_t> claimed_;
};

// Gives a claim up again unless it is kept.
class ClaimGuard {
 public:
  ClaimGuard(RunClaims& claims, std::int64_t run) : claims_(claims), run_(run) {}
  ClaimGuard(const ClaimGuard&) = delete;
  ClaimGuard& operator=(const ClaimGuard&) = delete;
  ~ClaimGuard() {
    if (!kept_) claims_.release(run_);
  }
  void keep() { kept_ = true; }

 private:
  RunClaims& claims_;
  std::int64_t run_;
  bool kept_ = false;
};

}  // namespace costwar::harness
