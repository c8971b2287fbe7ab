// costwar llama-child: not for people. The program starts itself with it, to keep llama.cpp's library in a
// process that may die (cli/llama_child/). It takes the flags of llama-server that a server of our own is
// given.

#include "cli/verb.h"
#include "core/error.h"
#ifdef COSTWAR_HAS_LIBLLAMA
#include "cli/llama_child/server.h"
#endif

namespace costwar::cli {
namespace {

class LlamaChild final : public Verb {
 public:
  void declare(CLI::App& app) override {
    app.add_option("-m", file_, "The weight file")->required();
    app.add_option("--host", socket_, "The UNIX socket to listen at")->required();
    app.add_option("-c", context_, "Tokens of a prompt and its answer");
    app.add_option("-t", threads_, "Threads");
    app.add_option("--parallel", parallel_, "1")->check(CLI::Range(1, 1));
    app.add_flag("--no-repack", no_repack_, "Keep weights as the file has them");
    app.add_flag("--expert-use", expert_use_, "Count which experts the tokens use");
    app.add_flag("--no-warmup,--metrics", ignored_, "As it always is");
  }

  int run(Environment&) override {
#ifdef COSTWAR_HAS_LIBLLAMA
    serve_llama({{file_, context_, threads_, !no_repack_, expert_use_}, socket_});
#else
    throw Error(ErrorKind::input, "this costwar was built without llama.cpp's library",
                "build it where CMake finds llama.cpp (find_package(llama))");
#endif
  }

 private:
  std::string file_;
  std::string socket_;
  std::uint32_t context_ = 4096;
  int threads_ = 1;
  int parallel_ = 1;
  bool no_repack_ = false;
  bool expert_use_ = false;
  bool ignored_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_llama_child() {
  return std::make_unique<LlamaChild>();
}

}  // namespace costwar::cli
