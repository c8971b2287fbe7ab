// What every dialect does with a request before it writes its own body: the checks that hold for any API, the
// words of a refusal, JSON that stands in a request as text, and the members of extra_body. Pure values, no
// state; nothing here throws.
//
// A dialect's check():
//   if (auto refusal = wire::refuse_malformed(request)) return refusal;
//   if (auto refusal = wire::refuse_effort(request, efforts)) return refusal;
//   if (request.seed) return wire::cannot_express(kApi, "a seed");
//   return wire::refuse_extra_body(request, kOwnMembers, kApi);
// and the end of its encode():
//   wire::merge_extra_body(body, request);
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "core/chat.h"
#include "core/json.h"
#include "core/provider.h"

namespace costwar::wire {

bool is_utf8(std::string_view text);

// The object that the text is; nullopt: it is not JSON, or no object.
std::optional<Json> json_object(std::string_view text);

// The same, and an empty object for what refuse_malformed would have refused.
Json json_object_or_empty(std::string_view text);

// A tool's parameters as a JSON Schema; the schema of an empty object where it takes none.
Json parameters_of(const Tool& tool);

// The name of the schema that is asked for.
std::string_view schema_name(const ResponseFormat& format);

// What no API can be sent: no model, no message, text that is not UTF-8, a count below 1, a number that JSON
// has no word for, a schema or an extra_body that is no JSON object, a tool without a name or twice, a choice
// of a tool that is not there, a tool's answer that names no call, and the like.
std::optional<Refusal> refuse_malformed(const ChatRequest& request);

// An effort that is not among `efforts`; no efforts: any is sent.
std::optional<Refusal> refuse_effort(const ChatRequest& request, std::span<const std::string_view> efforts);

// "OpenAI Responses cannot express a seed": `what` with its article, `api` as its vendor calls it.
Refusal cannot_express(std::string_view api, std::string_view what, std::string_view hint = {});

// A member of extra_body that the dialect writes itself. own: all that it may ever write, whether this
// request makes it do so or not. "options.seed" is one member of an object, whose other members extra_body
// may add to (the object itself then has to be an object there).
std::optional<Refusal> refuse_extra_body(const ChatRequest& request, std::span<const std::string_view> own,
                                         std::string_view api);

// Adds the members of extra_body to the body, objects member by member. Of a request that refuse_extra_body
// accepts nothing is replaced.
void merge_extra_body(Json& body, const ChatRequest& request);

}  // namespace costwar::wire
