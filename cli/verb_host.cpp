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
    CommandRow{
        "estimate", "Speed and cost per million tokens of a model on own or rented accelerators",
        "costwar host estimate deepseek-v3 --on h100-sxm,h200-sxm,b200-sxm --tpot 50\n"
        "costwar host estimate deepseek-v3 --on h200-sxm --own --capital 40000 --kwh-price 0.08\n"
        "costwar host estimate deepseek-v3 --on h20-96g --rate 1.5 --measured decode=5700/8@context=4096\n"
        "costwar host estimate deepseek-v2-lite --weights q4_0 --on this-machine --rate 0.10\n"
        "costwar host estimate --published --format markdown",
        make_host_estimate},
    CommandRow{
        "breakeven", "From which volume on own hardware is cheaper than an API",
        "costwar host breakeven deepseek-v3 --on h200-sxm --against openai/gpt-5.5 --input-per-day 2e9 "
        "--output-per-day 2e8 --cached-share 0.6 --peak 2\n"
        "costwar host breakeven deepseek-v4-flash --on h100-sxm --against deepseek/deepseek-v4-flash --tpot "
        "50 "
        "--input-per-day 5e9 --output-per-day 5e8 --spares 1",
        make_host_breakeven},
    CommandRow{"accelerators",
               "The catalogue of accelerators: figures, prices and published speeds, with sources",
               "costwar host accelerators\n"
               "costwar host accelerators ascend-910c",
               make_host_accelerators},
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
