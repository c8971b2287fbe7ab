// Tables in HTML: a caption, scoped headers, numbers to the right, and a region of its own to scroll in where
// the page is narrow. Pure.
#pragma once

#include <string>

#include "core/document.h"

namespace costwar::reports {

// Empty where the table has nothing to show. A nested table follows its own. `id` is unique in the page;
// `hidden_caption`: the title stands above already.
std::string html_table(const Table& table, const std::string& id, bool hidden_caption = false);

}  // namespace costwar::reports
