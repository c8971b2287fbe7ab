#include "system/process_limits.h"

#include <doctest/doctest.h>
#include <sys/resource.h>

namespace costwar {
namespace {

TEST_CASE("the kernel's texts are read, and others are not known") {
  CHECK(ports_of_range("32768\t60999") == 28'232);
  CHECK(ports_of_range("1024 65535") == 64'512);
  for (const char* wrong : {"", "x", "32768", "60999\t32768", "0\t5", "1\t65536", "99999999999999999999 5"})
    CHECK_FALSE(ports_of_range(wrong));
  CHECK(container_limit("4096") == 4096);
  for (const char* none : {"", "max", "0", "-1"}) CHECK_FALSE(container_limit(none));
}

TEST_CASE("this process has limits, and its descriptors can be raised to the hard one") {
  struct rlimit before {};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
  struct rlimit lowered = before;
  lowered.rlim_cur = 100;
  REQUIRE(setrlimit(RLIMIT_NOFILE, &lowered) == 0);
  CHECK(read_process_limits().descriptors == 100);
  CHECK(read_process_limits().open_descriptors >= 3);
  const auto raised = raise_descriptor_limit();
  CHECK(read_process_limits().descriptors == raised);
  CHECK(read_process_limits().most_descriptors == raised);
  REQUIRE(setrlimit(RLIMIT_NOFILE, &before) == 0);
}

}  // namespace
}  // namespace costwar
