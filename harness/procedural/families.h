// The families of procedural tasks: each file gives its rows, and registry.cpp puts them together.
#pragma once

#include <span>

#include "harness/procedural/registry.h"

namespace costwar::harness {

// Long context.
std::span<const ProceduralRow> counting_words_rows();
std::span<const ProceduralRow> graph_walk_rows();
std::span<const ProceduralRow> log_aggregation_rows();
std::span<const ProceduralRow> mrcr_rows();
std::span<const ProceduralRow> needle_rows();
std::span<const ProceduralRow> tracing_rows();

// Reasoning.
std::span<const ProceduralRow> calculation_rows();
std::span<const ProceduralRow> date_arithmetic_rows();
std::span<const ProceduralRow> interval_scheduling_rows();
std::span<const ProceduralRow> list_rows();
std::span<const ProceduralRow> propositional_logic_rows();
std::span<const ProceduralRow> shortest_path_rows();
std::span<const ProceduralRow> table_questions_rows();

// Formats.
std::span<const ProceduralRow> json_schema_rows();

// Safety.
std::span<const ProceduralRow> abstention_rows();
std::span<const ProceduralRow> over_refusal_rows();

// Dialogues (harness/worlds).
std::span<const ProceduralRow> agent_rows();
std::span<const ProceduralRow> memory_rows();

}  // namespace costwar::harness
