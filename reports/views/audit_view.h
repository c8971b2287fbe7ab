// An audit of two price books as a document: how many models disagree and by how much, rate by rate.
#pragma once

#include <optional>
#include <string>

#include "core/document.h"
#include "pricing/audit.h"

namespace costwar::reports {

struct AuditView {
  std::string name_a;   // in sentences: "the built-in book"
  std::string name_b;   // "litellm"
  std::string title_a;  // over columns: "Built-in"
  std::string title_b;
  std::optional<Wall> at;
  bool missing = false;  // list the models that only one book has
};

Document audit_document(const pricing::AuditFinding& finding, const AuditView& view);

}  // namespace costwar::reports
