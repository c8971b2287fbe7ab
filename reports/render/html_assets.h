// The style sheet and scripts of the HTML report, as built into the program. Each is one inline block whose
// hash the page's content-security policy names, so that nothing else in the page can run.
#pragma once

#include <string>
#include <string_view>

namespace costwar::reports {

struct HtmlAsset {
  std::string_view text;
  std::string_view sha256;  // of the text, hexadecimal
};

HtmlAsset html_style();
HtmlAsset chart_library();  // Chart.js, with its licence notice
HtmlAsset chart_script();   // the report's own: draws with it
HtmlAsset item_script();    // the report's own: items one by one

// "sha256-...", as a policy names a block.
std::string policy_hash(const HtmlAsset& asset);

// What the page may load and run: its own blocks, and nothing from anywhere.
std::string content_security_policy();

}  // namespace costwar::reports
