// Generations, errors and refusals to replies, for every dialect alike. Pure.
#pragma once

#include "mock/dialect.h"

namespace costwar::mock {

// A fault that the dialect cannot show must not be given. Modes status and wait_status: compose_refusal.
void compose_stream(const Dialect& dialect, const Generation& generation, FaultMode mode, Reply& reply);
void compose_json(const Dialect& dialect, const Generation& generation, FaultMode mode, Reply& reply);

void compose_error(const Dialect& dialect, const ReplyId& id, ErrorReport report, Reply& reply);

// Faults of mode status and wait_status.
void compose_refusal(const Dialect& dialect, const ReplyId& id, const Fault& fault, Reply& reply);

// "req-mock-…", as the reply's header has it.
std::string request_id(const ReplyId& id);

}  // namespace costwar::mock
