// costwar doctor wire: what a server does on the wire. Against `costwar mock`, whether this client survives
// the faults of the catalogue; against any other server or gateway, which rules it keeps.
#pragma once

#include <memory>

#include "cli/verb.h"

namespace costwar::cli {

std::unique_ptr<Verb> make_doctor_wire();

}  // namespace costwar::cli
