// NVIDIA's management library, loaded at run time, so that nothing of it is needed to build. Its functions
// and types are those of the NVML API reference: handles are opaque pointers, results are integers and 0 is
// success.
#include <dlfcn.h>
#include <fmt/format.h>

#include <array>
#include <utility>

#include "system/power_meter.h"

namespace costwar {
namespace {

using Device = void*;

struct CloseLibrary {
  void operator()(void* library) const { ::dlclose(library); }
};
using Library = std::unique_ptr<void, CloseLibrary>;

template <typename Function>
bool find(const Library& library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(library.get(), name));
  return function != nullptr;
}

struct Nvml {
  int (*init)() = nullptr;
  int (*shutdown)() = nullptr;
  int (*count)(unsigned*) = nullptr;
  int (*handle)(unsigned, Device*) = nullptr;
  int (*name)(Device, char*, unsigned) = nullptr;
  int (*energy)(Device, unsigned long long*) = nullptr;  // millijoules

  bool load(const Library& library) {
    return find(library, "nvmlInit_v2", init) && find(library, "nvmlShutdown", shutdown) &&
           find(library, "nvmlDeviceGetCount_v2", count) &&
           find(library, "nvmlDeviceGetHandleByIndex_v2", handle) &&
           find(library, "nvmlDeviceGetName", name) &&
           find(library, "nvmlDeviceGetTotalEnergyConsumption", energy);
  }
};

class NvmlMeter final : public PowerMeter {
 public:
  NvmlMeter(Library library, const Nvml& nvml) : library_(std::move(library)), nvml_(nvml) {}
  ~NvmlMeter() override { nvml_.shutdown(); }

  // Empty, or why there is nothing to read.
  std::string open() {
    unsigned count = 0;
    if (nvml_.count(&count) != 0 || count == 0) return "the NVIDIA driver shows no device";
    std::string first;
    for (unsigned i = 0; i < count; ++i) {
      Device device = nullptr;
      std::array<char, 96> name{};  // NVML_DEVICE_NAME_V2_BUFFER_SIZE
      if (nvml_.handle(i, &device) != 0) return fmt::format("NVIDIA device {} cannot be opened", i);
      unsigned long long millijoules = 0;
      if (nvml_.energy(device, &millijoules) != 0)
        return fmt::format("NVIDIA device {} has no energy counter (Volta and later have one)", i);
      if (nvml_.name(device, name.data(), static_cast<unsigned>(name.size() - 1)) == 0 && first.empty())
        first = name.data();
      devices_.push_back({device, millijoules});
    }
    facts_ = {"nvml", count == 1 ? first : fmt::format("{} ({} devices)", first, count), false};
    return {};
  }

  const PowerFacts& facts() const override { return facts_; }
  std::optional<std::int64_t> microjoules(Mono) override {
    for (Counter& counter : devices_) {
      unsigned long long now = 0;
      if (nvml_.energy(counter.device, &now) != 0) return std::nullopt;
      if (now > counter.last) total_ += static_cast<std::int64_t>(now - counter.last) * 1000;
      counter.last = now;  // one that went back was reset with the driver
    }
    return total_;
  }

 private:
  struct Counter {
    Device device;
    unsigned long long last;
  };
  Library library_;
  Nvml nvml_;
  std::vector<Counter> devices_;
  std::int64_t total_ = 0;
  PowerFacts facts_;
};

}  // namespace

std::unique_ptr<PowerMeter> make_nvml_meter(std::string& why, const std::string& library) {
  Library loaded(::dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL));
  if (loaded == nullptr) {
    why = "there is no NVIDIA driver (NVML)";
    return nullptr;
  }
  Nvml nvml;
  if (!nvml.load(loaded)) {
    why = "the NVIDIA driver is too old to tell the energy";
    return nullptr;
  }
  if (nvml.init() != 0) {
    why = "the NVIDIA driver does not answer";
    return nullptr;
  }
  auto meter = std::make_unique<NvmlMeter>(std::move(loaded), nvml);
  why = meter->open();
  if (!why.empty()) return nullptr;
  return meter;
}

}  // namespace costwar
