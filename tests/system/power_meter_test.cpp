// Meters of energy: recorded powercap trees, a fake NVML library, a command, and watts that were given.
#include "system/power_meter.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "core/error.h"
#include "tests/support/fake_loop.h"

using namespace costwar;
namespace fs = std::filesystem;

namespace {

// A copy of what /sys/class/powercap shows, with counters that the test sets.
class PowercapTree {
 public:
  PowercapTree() {
    std::string name = (fs::temp_directory_path() / "costwar-powercap-XXXXXX").string();
    root_ = ::mkdtemp(name.data());
  }
  ~PowercapTree() { fs::remove_all(root_); }
  PowercapTree(const PowercapTree&) = delete;
  PowercapTree& operator=(const PowercapTree&) = delete;

  void zone(const std::string& folder, const std::string& name, std::int64_t energy,
            std::int64_t range = 262'143'328'850) const {
    fs::create_directories(root_ / folder);
    write(folder + "/name", name);
    write(folder + "/max_energy_range_uj", std::to_string(range));
    set(folder, energy);
  }
  void set(const std::string& folder, std::int64_t energy) const {
    write(folder + "/energy_uj", std::to_string(energy));
  }
  void write(const std::string& file, const std::string& text) const {
    std::ofstream(root_ / file) << text << "\n";
  }
  const fs::path& root() const { return root_; }

 private:
  fs::path root_;
};

}  // namespace

TEST_CASE("RAPL counts packages and the memory beside them, once each") {
  // As a server of two sockets shows it: "core" and "uncore" are inside the package, psys is around it, and
  // the memory-mapped interface shows the packages a second time.
  const PowercapTree tree;
  tree.zone("intel-rapl:0", "package-0", 1'000'000);
  tree.zone("intel-rapl:0:0", "core", 700'000);
  tree.zone("intel-rapl:0:1", "dram", 300'000);
  tree.zone("intel-rapl:1", "package-1", 2'000'000);
  tree.zone("intel-rapl:1:0", "dram", 400'000);
  tree.zone("intel-rapl:2", "psys", 9'000'000);
  tree.zone("intel-rapl-mmio:0", "package-0", 1'000'000);
  fs::create_directories(tree.root() / "intel-rapl");  // the control type itself has no name
  std::string why;
  const auto meter = make_rapl_meter(why, tree.root());
  REQUIRE(meter != nullptr);
  CHECK(meter->facts().source == "rapl");
  CHECK(meter->facts().covers == "package-0, dram, package-1, dram");
  CHECK_FALSE(meter->facts().estimated);
  CHECK(meter->microjoules(Mono{}) == 0);
  tree.set("intel-rapl:0", 1'500'000);
  tree.set("intel-rapl:0:0", 1'100'000);
  tree.set("intel-rapl:0:1", 310'000);
  tree.set("intel-rapl:1:0", 400'005);
  tree.set("intel-rapl:2", 99'000'000);
  tree.set("intel-rapl-mmio:0", 1'500'000);
  CHECK(meter->microjoules(Mono{}) == 510'005);
}

TEST_CASE("a RAPL counter that wrapped goes on") {
  const PowercapTree tree;
  tree.zone("intel-rapl:0", "package-0", 990, 1000);
  std::string why;
  const auto meter = make_rapl_meter(why, tree.root());
  REQUIRE(meter != nullptr);
  tree.set("intel-rapl:0", 15);
  CHECK(meter->microjoules(Mono{}) == 25);
  tree.set("intel-rapl:0", 40);
  CHECK(meter->microjoules(Mono{}) == 50);
}

TEST_CASE("RAPL counters that cannot be read are no meter, and a reading that fails is unknown") {
  const PowercapTree tree;
  std::string why;
  CHECK(make_rapl_meter(why, tree.root()) == nullptr);
  CHECK(why == "this machine shows no energy counters of its processor (RAPL)");
  CHECK(make_rapl_meter(why, tree.root() / "absent") == nullptr);

  tree.zone("intel-rapl:0", "package-0", 5);
  tree.zone("intel-rapl:1", "package-1", 5);
  fs::remove(tree.root() / "intel-rapl:1/energy_uj");  // as one that only root may read
  CHECK(make_rapl_meter(why, tree.root()) == nullptr);
  CHECK(why.find("root alone") != std::string::npos);

  tree.set("intel-rapl:1", 5);
  const auto meter = make_rapl_meter(why, tree.root());
  REQUIRE(meter != nullptr);
  tree.write("intel-rapl:0/energy_uj", "many");
  CHECK_FALSE(meter->microjoules(Mono{}).has_value());
  tree.set("intel-rapl:0", 7);
  CHECK(meter->microjoules(Mono{}) == 2);

  for (const char* range : {"0", "-1", "", "99999999999999999999"}) {
    tree.write("intel-rapl:0/max_energy_range_uj", range);
    CHECK(make_rapl_meter(why, tree.root()) == nullptr);
  }
}

TEST_CASE("NVML counts every device from the first reading on") {
  std::string why;
  ::unsetenv("FAKE_NVML_DEVICES");
  const auto meter = make_nvml_meter(why, COSTWAR_FAKE_NVML);
  REQUIRE_MESSAGE(meter != nullptr, why);
  CHECK(meter->facts().source == "nvml");
  CHECK(meter->facts().covers == "Fake H100 (2 devices)");
  // The fake's devices show 10 and 20 mJ more at every reading.
  CHECK(meter->microjoules(Mono{}) == 30'000);
  CHECK(meter->microjoules(Mono{}) == 60'000);
}

TEST_CASE("without NVML, a device or an energy counter there is no meter, with the reason") {
  std::string why;
  CHECK(make_nvml_meter(why, "libthere-is-no-such-library.so.1") == nullptr);
  CHECK(why == "there is no NVIDIA driver (NVML)");
  CHECK(make_nvml_meter(why, "libdl.so.2") == nullptr);
  CHECK(why == "the NVIDIA driver is too old to tell the energy");
  for (const auto& [devices, reason] :
       {std::pair{"0", "the NVIDIA driver shows no device"},
        {"old", "NVIDIA device 0 has no energy counter (Volta and later have one)"},
        {"down", "the NVIDIA driver does not answer"}}) {
    ::setenv("FAKE_NVML_DEVICES", devices, 1);
    CHECK(make_nvml_meter(why, COSTWAR_FAKE_NVML) == nullptr);
    CHECK(why == reason);
  }
  ::unsetenv("FAKE_NVML_DEVICES");
}

TEST_CASE("a command tells watts, which hold until its next line") {
  const auto loop = make_event_loop();
  const auto meter =
      make_command_meter(*loop, {"sh", "-c", "echo nonsense; echo 50; sleep 600"}, PowerUnit::watts);
  CHECK_FALSE(meter->microjoules(loop->clock().mono()).has_value());  // nothing was said yet
  std::optional<std::int64_t> first;
  loop->run([&] { return (first = meter->microjoules(loop->clock().mono())).has_value(); });
  const Mono then = loop->clock().mono();
  const std::int64_t at_first = *meter->microjoules(then);
  CHECK(*meter->microjoules(then + seconds(2)) - at_first == 100'000'000);
}

TEST_CASE("a command tells joules since any instant, and is unknown once it has ended") {
  const auto loop = make_event_loop();
  const auto meter = make_command_meter(*loop, {"printf", "1000\n1003.5\n2\n4\n"}, PowerUnit::joules);
  std::int64_t most = 0;
  bool ended = false;
  loop->run([&] {
    const auto reading = meter->microjoules(loop->clock().mono());
    if (reading) most = std::max(most, *reading);
    ended = most > 0 && !reading;
    return ended;
  });
  CHECK(most == 5'500'000);  // 3.5, and 2 after the counter began anew
  CHECK_THROWS_AS(make_command_meter(*loop, {"/there/is/no/such/program"}, PowerUnit::watts), Error);
}

TEST_CASE("an estimate is watts times time, active while the machine computes") {
  const auto meter = make_estimated_meter(10, 60, Mono{});
  CHECK(meter->facts().estimated);
  CHECK(meter->microjoules(Mono{} + seconds(2)) == 20'000'000);
  meter->computing(true, Mono{} + seconds(3));
  CHECK(meter->microjoules(Mono{} + seconds(4)) == 90'000'000);
  meter->computing(false, Mono{} + seconds(5));
  CHECK(meter->microjoules(Mono{} + seconds(6)) == 160'000'000);
  CHECK_THROWS_AS(make_estimated_meter(60, 10, Mono{}), Error);
}

TEST_CASE("two meters are one sum, unknown when either is") {
  const PowercapTree tree;
  tree.zone("intel-rapl:0", "package-0", 0);
  std::string why;
  const auto sum = sum_of(make_rapl_meter(why, tree.root()), make_estimated_meter(1, 1, Mono{}));
  CHECK(sum->facts().source == "rapl+estimate");
  CHECK(sum->facts().estimated);
  tree.set("intel-rapl:0", 5);
  CHECK(sum->microjoules(Mono{} + seconds(1)) == 1'000'005);
  fs::remove(tree.root() / "intel-rapl:0/energy_uj");
  CHECK_FALSE(sum->microjoules(Mono{} + seconds(1)).has_value());
  CHECK(sum_of(nullptr, nullptr) == nullptr);
}
