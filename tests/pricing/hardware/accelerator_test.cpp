#include "pricing/hardware/accelerator.h"

#include <doctest/doctest.h>

#include "core/error.h"
#include "core/json.h"
#include "tests/pricing/catalogue.h"

using namespace costwar;
using namespace costwar::pricing;

namespace {

const std::string& bytes() {
  static const std::string kBytes = test::read_file("catalog/accelerators.json");
  return kBytes;
}

std::string broken(const std::string& pointer, const Json& value) {
  Json document = Json::parse(bytes());
  document[Json::json_pointer(pointer)] = value;
  try {
    parse_accelerators("a.json", document.dump());
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("the catalogue of accelerators keeps unknown, unconfirmed and conflicting figures apart") {
  const auto all = parse_accelerators("accelerators.json", bytes());
  CHECK(all.size() == 18);
  const Accelerator& h100 = find_accelerator(all, "h100-sxm");
  CHECK(*h100.memory_bytes.value == 80e9);
  CHECK(*h100.bandwidth.value == doctest::Approx(3.35e12));
  CHECK(*h100.fp8_flops.value == doctest::Approx(1979e12));
  CHECK(h100.bandwidth.confirmed);
  CHECK_FALSE(h100.fp4_flops.value.has_value());
  CHECK(h100.rentals.size() == 9);
  CHECK(h100.points.size() == 3);
  CHECK_FALSE(find_accelerator(all, "h800").bandwidth.value.has_value());
  const Accelerator& ascend = find_accelerator(all, "ascend-910c");
  CHECK_FALSE(ascend.bandwidth.confirmed);
  CHECK(ascend.bandwidth.others.size() == 2);
  // A vendor that counts in GiB
  CHECK(*find_accelerator(all, "tpu-v7x-ironwood").memory_bytes.value == 192.0 * 1024 * 1024 * 1024);
  const Accelerator& tpu = find_accelerator(all, "tpu-8i");
  CHECK(tpu.claims.size() == 2);
  CHECK(tpu.claims[0].factor == doctest::Approx(1.8));
  CHECK(tpu.rentals.empty());
}

TEST_CASE("a name that begins one id alone is enough, a wrong one gets a suggestion") {
  const auto all = parse_accelerators("accelerators.json", bytes());
  CHECK(find_accelerator(all, "h20").id == "h20-96g");
  CHECK(find_accelerator(all, "mi300x").id == "mi300x");
  CHECK_THROWS_WITH_AS(find_accelerator(all, "h10-sxm"), "there is no accelerator 'h10-sxm' in the catalogue",
                       Error);
  CHECK_THROWS_AS(find_accelerator(all, ""), Error);
  CHECK_THROWS_AS(find_accelerator(all, "ascend"), Error);  // several begin so
}

TEST_CASE("bad catalogues of accelerators are refused with the place") {
  CHECK(broken("/schema_version", 2) != "accepted");
  CHECK(broken("/accelerators/0/specs/memory_gb/value", "eighty") ==
        "a.json: /accelerators/0/specs/memory_gb/value: 'eighty' is not a non-negative decimal number");
  CHECK(broken("/accelerators/0/specs/memory_gb/value", "-1") != "accepted");
  CHECK(broken("/accelerators/0/specs/memory_gb/value", "nan") != "accepted");
  CHECK(broken("/accelerators/0/throughput_observations/0/tokens_per_s", "0") != "accepted");
  CHECK(broken("/accelerators/0/throughput_observations/0/phase", "idle") ==
        "a.json: /accelerators/0/throughput_observations/0/phase: 'idle' is no phase");
  CHECK(broken("/accelerators/0/throughput_observations/0/per_accelerators", 0) != "accepted");
  CHECK(broken("/accelerators/1/id", "h100-sxm") == "a.json: /accelerators/1: the id h100-sxm occurs twice");
  CHECK(broken("/accelerators/0/rental_observations/0/usd_per_accelerator_hour", "free") != "accepted");
}
