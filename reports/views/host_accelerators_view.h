// The catalogue of accelerators as a Document: all of them, or one with every figure's source.
#pragma once

#include <vector>

#include "core/document.h"
#include "pricing/hardware/accelerator.h"

namespace costwar::reports {

Document accelerators_document(const std::vector<pricing::Accelerator>& all);
Document accelerator_document(const pricing::Accelerator& accelerator);

}  // namespace costwar::reports
