// costwar host: own hardware. The work is done by the subcommands in cli/host/; the first row's runs without
// one.

#include <array>

#include "cli/host/commands.h"
#include "cli/subcommands.h"

namespace costwar::cli {
namespace {

constexpr std::array kHostCommands{
    CommandRow{"inspect",
               "What a model is made of: parameters, bytes, operations, cache, memory (the default)",
               "costwar host inspect local/tiny-moe\n"
               "costwar host inspect deepseek-v3 deepseek-v4-flash --context 4096,131072 --batch 32\n"
               "costwar host inspect model-00001-of-00003.gguf\n"
               "costwar host inspect ~/models/DeepSeek-V2-Lite --weights q4_0 --kv-type q8_0\n"
               "costwar host inspect deepseek-v3 --format json",
               make_host_inspect},
    CommandRow{"shape", "Measures the speed of a model's exact shape on this machine, with random weights",
               "costwar host shape deepseek-v2-lite --quant q4_0 --layers 4\n"
               "costwar host shape local/tiny-moe --quant q8_0 --threads 1\n"
               "costwar host shape deepseek-v2-lite --file lite.gguf --layout in-place",
               make_host_shape},
    CommandRow{"threads", "Measures a weight file's speed with 1 to n threads and says how many help",
               "costwar host threads model.gguf\n"
               "costwar host threads model.gguf --threads 1,2,4,8 --repeats 5 --engine llama-server\n"
               "costwar host threads model.gguf --format json",
               make_host_threads},
    CommandRow{"bits", "How well a weight file predicts a text, in bits per byte (needs llama.cpp's library)",
               "costwar host bits model.gguf --text README.md\n"
               "costwar host bits q4.gguf q8.gguf --text corpus.txt --context 8192 --format json",
               make_host_bits},
};

}  // namespace

std::unique_ptr<Verb> make_host() {
  return std::make_unique<Subcommands>(kHostCommands);
}

}  // namespace costwar::cli
