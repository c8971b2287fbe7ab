// A load run as a Document: the verdict, the rate, the latency that matters and the dollars in words, then
// the stages, latencies, objectives, what the client noticed of itself, and the curves. One stage reads as a
// page about that stage; several as a curve, whose answer (the knee, the highest rate) is in the headline.
// People see milliseconds, data formats seconds. Members are published in docs/schema/load.schema.json;
// definitions are in docs/load.md.
#pragma once

#include <string>

#include "analysis/load/load_findings.h"
#include "core/document.h"
#include "core/load.h"

namespace costwar::reports {

// What a stage asked: "64 at once", "1 to 64 at once", "12.5/s, Poisson".
std::string asked_words(const LoadStage& asked);

// Kind "load". Every stage carries a row verdict for formats that report rows one by one: failed where it is
// INVALID and the run's answer rests on it, or where a set of objectives was not kept. A search goes beyond
// what keeps the objectives on purpose: such stages of a search that found a rate are undecided instead.
Document load_document(const analysis::LoadFindings& findings);

}  // namespace costwar::reports
