#include "harness/load/client_limits.h"

#include <doctest/doctest.h>

namespace costwar::harness {
namespace {

ClientMeans usual_means() {
  ClientMeans means;
  means.descriptors = 1024;
  means.most_descriptors = 1'048'576;
  means.open_descriptors = 8;
  means.ports = 28'232;
  return means;
}

TEST_CASE("what fits is not talked about") {
  ClientNeeds needs;
  needs.connections = 500;
  const ClientLimits limits = check_client_limits(needs, usual_means());
  CHECK_FALSE(limits.error);
  CHECK(limits.notes.empty());
  CHECK(limits.most_connections == 1000);
  needs.connections = 1000;
  CHECK_FALSE(check_client_limits(needs, usual_means()).error);
}

TEST_CASE("too few descriptors are told with what to type") {
  ClientNeeds needs;
  needs.connections = 1001;
  auto limits = check_client_limits(needs, usual_means());
  REQUIRE(limits.error);
  CHECK(limits.error->kind() == ErrorKind::usage);
  CHECK(std::string(limits.error->what()) ==
        "1001 connections at once are more than this machine allows: it may have 1024 descriptors open, 1000 "
        "of "
        "which are left for connections");
  CHECK(limits.error->hint() == "ulimit -n 1025, or ask for at most 1000");
  ClientMeans hard = usual_means();
  hard.most_descriptors = 1024;
  limits = check_client_limits(needs, hard);
  REQUIRE(limits.error);
  CHECK(limits.error->hint() ==
        "raise the hard limit first (as root: ulimit -Hn 1025; in a container: --ulimit nofile=1025; a "
        "service: "
        "LimitNOFILE=1025), or ask for at most 1000");
}

TEST_CASE("too few local ports are told, and few ones noted") {
  ClientMeans means = usual_means();
  means.descriptors.reset();
  ClientNeeds needs;
  needs.connections = 28'233;
  const auto refused = check_client_limits(needs, means);
  REQUIRE(refused.error);
  CHECK(std::string(refused.error->what()).find("28232 local ports") != std::string::npos);
  CHECK(refused.error->hint().find("net.ipv4.ip_local_port_range") != std::string::npos);
  needs.connections = 28'232;
  const auto noted = check_client_limits(needs, means);
  CHECK_FALSE(noted.error);
  REQUIRE(noted.notes.size() == 1);
  CHECK(noted.notes[0].find("more than half of the 28232 local ports") != std::string::npos);
}

TEST_CASE("a container's limits of tasks and memory count") {
  ClientMeans means = usual_means();
  means.tasks = 20;
  means.memory_bytes = 128 * 1024 * 1024;
  ClientNeeds needs;
  needs.connections = 900;
  needs.threads = 4;
  const auto noted = check_client_limits(needs, means);
  CHECK_FALSE(noted.error);
  REQUIRE(noted.notes.size() == 1);
  CHECK(noted.notes[0] == "900 streams may need 155 MB, and the container has 134 MB.");
  needs.threads = 7;
  const auto refused = check_client_limits(needs, means);
  REQUIRE(refused.error);
  CHECK(std::string(refused.error->what()) == "7 threads need 22 tasks, and the container may have 20");
}

TEST_CASE("calls without a limit are told how many connections there can be") {
  const auto limits = check_client_limits({}, usual_means());
  CHECK_FALSE(limits.error);
  REQUIRE(limits.notes.size() == 1);
  CHECK(limits.notes[0].find("allows 1000 connections at once") != std::string::npos);
  CHECK(check_client_limits({}, {}).notes.empty());
  CHECK_FALSE(check_client_limits({}, {}).most_connections);
}

}  // namespace
}  // namespace costwar::harness
