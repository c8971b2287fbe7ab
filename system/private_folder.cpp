#include "system/private_folder.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <string>
#include <system_error>

#include "core/error.h"

namespace costwar {

PrivateFolder::PrivateFolder(std::size_t longest) {
  constexpr const char* kPattern = "costwar-XXXXXX";
  std::error_code ignored;
  std::filesystem::path parent = std::filesystem::temp_directory_path(ignored);
  if (ignored || (parent / kPattern).string().size() > longest) parent = "/tmp";
  std::string name = (parent / kPattern).string();
  if (::mkdtemp(name.data()) == nullptr)
    throw Error(ErrorKind::input, fmt::format("cannot make a folder like {}", name),
                "TMPDIR names another place");
  path_ = name;
}

PrivateFolder::~PrivateFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace costwar
