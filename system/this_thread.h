// What a thread can learn of itself and ask for itself. Linux.
#pragma once

#include "core/time.h"

namespace costwar {

// Processor time that the calling thread has used, user and system.
Nanos this_thread_cpu();

// From now on the calling thread runs after threads of the usual priority, where they compete for a core
// (nice, 10 above what it was). Nothing happens where that is not allowed.
void let_others_go_first();

}  // namespace costwar
