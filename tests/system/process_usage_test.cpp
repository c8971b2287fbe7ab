#include "system/process_usage.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include "system/private_folder.h"

using namespace costwar;

TEST_CASE("what a process has used, from the kernel's texts") {
  CHECK(peak_resident_of("Name:\tx\nVmPeak:\t 9 kB\nVmHWM:\t  1234 kB\nVmRSS:\t 5 kB\n") == 1234 * 1024);
  CHECK_FALSE(peak_resident_of("Name:\tx VmHWM: 5 kB\n"));
  CHECK_FALSE(peak_resident_of("Name:\tx\nVmHWM:\t5 MB\n"));
  CHECK_FALSE(peak_resident_of("Name:\tx\nVmHWM:\t-5 kB\n"));
  CHECK_FALSE(peak_resident_of("Name:\tx\nVmHWM:\t99999999999999999 kB\n"));
  CHECK_FALSE(peak_resident_of(""));
  // The name may hold anything.
  const char* const stat = "7 (a b) R 99) S 1 7 7 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 1 0 100 1000 10";
  CHECK(cpu_time_of(stat, 100) == seconds(3));
  CHECK_FALSE(cpu_time_of("7 (x) S 1 7", 100));
  CHECK_FALSE(cpu_time_of("", 100));
  CHECK_FALSE(cpu_time_of(stat, 0));
}

TEST_CASE("of this very process, and of none") {
  volatile double sum = 0;
  for (int i = 0; i < 30'000'000; ++i) sum = sum + i;  // longer than a tick of the kernel's clock
  const ProcessUsage own = read_process_usage(::getpid());
  REQUIRE(own.peak_resident_bytes);
  CHECK(*own.peak_resident_bytes > 1'000'000);
  REQUIRE(own.cpu_time);
  CHECK(own.cpu_time->count > 0);
  CHECK(read_process_usage(0x7fffffff) == ProcessUsage{});
}

TEST_CASE("a private folder is the user's alone and gone with the object") {
  std::filesystem::path path;
  {
    const PrivateFolder folder(100);
    path = folder.path();
    CHECK(path.string().size() <= 100);
    CHECK((std::filesystem::status(path).permissions() & std::filesystem::perms::all) ==
          std::filesystem::perms::owner_all);
  }
  CHECK_FALSE(std::filesystem::exists(path));
}
