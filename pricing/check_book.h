// What can only be checked once every source of a price book has been read and the layers are applied:
// references that lead nowhere, and records of one layer that would both answer the same question.
#pragma once

#include "pricing/record.h"

namespace costwar::pricing {

// Throws Error{input} naming the source and pointer of the first offending record.
void check_book(const Book& book);

}  // namespace costwar::pricing
