// Which addresses are this machine's own: plain http goes nowhere else.
#pragma once

#include <string_view>

struct sockaddr;

namespace costwar {

// 127.0.0.0/8, [::1] or localhost in any case. Names are not resolved: one that happens to point to loopback
// today may point elsewhere tomorrow.
bool is_loopback_host(std::string_view host);

bool is_loopback_address(const sockaddr& address);

}  // namespace costwar
