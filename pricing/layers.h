// Books over books: the user's own ones win over the built-in one. A record, model or calendar replaces that
// of the same id in a lower layer. A record that replaces another answers in its place, beside the rows that
// it stood with; all others answer in their own layer, which is asked before every lower one (step 3 of
// docs/pricing.md), so that outside a contract's dates the built-in price holds again.
#pragma once

#include "pricing/record.h"

namespace costwar::pricing {

// Takes the place of a calendar of the same id from a lower layer, or gives way to one from a higher. False
// when its own layer has that id already.
bool add_calendar(Book& book, Calendar calendar);

// Drops records and models that a higher layer replaces. For books whose calendars are resolved. Error{input}
// naming the second place where an id is used twice in one layer.
void apply_layers(Book& book);

}  // namespace costwar::pricing
