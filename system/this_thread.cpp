#include "system/this_thread.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <ctime>

namespace costwar {

Nanos this_thread_cpu() {
  timespec used{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return {std::int64_t{used.tv_sec} * 1'000'000'000 + used.tv_nsec};
}

void let_others_go_first() {
  constexpr int kBehind = 10;
  // On Linux a thread's number stands for the thread alone (man 2 setpriority, "C library/kernel
  // differences").
  const auto thread = static_cast<id_t>(syscall(SYS_gettid));
  static_cast<void>(setpriority(PRIO_PROCESS, thread, getpriority(PRIO_PROCESS, thread) + kBehind));
}

}  // namespace costwar
