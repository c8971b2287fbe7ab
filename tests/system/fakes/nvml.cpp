// A library with NVML's functions, for the tests of the meter that loads it: two devices whose counters rise
// by 10 and 20 mJ at every reading. FAKE_NVML_DEVICES: "0" shows none, "old" has no counters, "down" does not
// start.
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace {

std::string_view mode() {
  const char* const text = std::getenv("FAKE_NVML_DEVICES");
  return text == nullptr ? "" : text;
}

unsigned long long counters[2] = {5'000'000, 7'000'000};

constexpr int kSuccess = 0;
constexpr int kUninitialized = 1;
constexpr int kNotSupported = 3;

}  // namespace

extern "C" {

int nvmlInit_v2() {
  return mode() == "down" ? kUninitialized : kSuccess;
}
int nvmlShutdown() {
  return kSuccess;
}
int nvmlDeviceGetCount_v2(unsigned* count) {
  *count = mode() == "0" ? 0 : 2;
  return kSuccess;
}
int nvmlDeviceGetHandleByIndex_v2(unsigned index, void** device) {
  *device = &counters[index];
  return kSuccess;
}
int nvmlDeviceGetName(void*, char* name, unsigned length) {
  std::strncpy(name, "Fake H100", length);
  return kSuccess;
}
int nvmlDeviceGetTotalEnergyConsumption(void* device, unsigned long long* millijoules) {
  if (mode() == "old") return kNotSupported;
  auto* const counter = static_cast<unsigned long long*>(device);
  *millijoules = *counter;
  *counter += device == &counters[0] ? 10 : 20;
  return kSuccess;
}
}
