// What the server answers where: one row a route. A handler fills the reply of an exchange; it may ask the
// responder for what is shared: options, models, the generation of text. To add a route, write a handler and
// a row in routes.cpp.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "core/time.h"
#include "mock/dialect.h"
#include "mock/http_parser.h"
#include "mock/reply.h"

namespace costwar::mock {

class Responder;
struct Route;

// One request while it is answered. Everything that it refers to outlives it.
struct Exchange {
  const RequestHead& head;
  std::string_view body;
  const Route& route;
  std::string_view rest;  // of the path, after a prefix route's own
  ReplyId id;
  Mono now;  // when the request was whole
  Reply& reply;
  TruthRecord& truth;     // told when its `request` is filled
  bool in_batch = false;  // a line of a batch: no limits, and only the faults that a batch can show
};

enum class PathMatch { exact, prefix };

struct Route {
  std::string_view method;
  std::string_view path;  // without /v1, which every path may have in front
  PathMatch match;
  bool open;  // needs no key
  // The dialect of the route's errors, and of the generation where it is one.
  const Dialect* dialect;
  void (*handler)(Responder& responder, Exchange& exchange);
};

std::span<const Route> routes();

// Of those that match, the one with the method; else, with `path_known` set, one with another method.
// nullptr: nothing is there. The first row that matches counts, so longer prefixes come first.
const Route* find_route(std::string_view method, std::string_view path, bool& path_known);

std::string_view without_version(std::string_view path);  // "/models" of "/v1/models"

}  // namespace costwar::mock
