// --measured: a speed that somebody measured, as conditions to calibrate by.
#pragma once

#include <string>
#include <vector>

#include "core/model_shape.h"
#include "pricing/hardware/serving.h"

namespace costwar::cli {

// "decode=14800/8@batch=256,context=4989,tpot=50": tokens per second of so many accelerators; a batch is that
// of the instance. Error{usage} says what is wrong with the text.
pricing::MeasuredSpeed parse_measured(const std::string& text, const pricing::ServingWish& wish);

// Sets the efficiency of the speed's phase in `assumptions` to the one at which the prediction is what was
// measured. `text` may also be the id of a published speed; one of another accelerator is passed over, one of
// another model refused. Error{input} where the speed lies above the roofline.
void calibrate(const std::string& text, const pricing::Accelerator& accelerator, const ModelShape& shape,
               double kv_value_bytes, const pricing::ServingWish& wish, pricing::Assumptions& assumptions,
               std::vector<std::string>& notes);

}  // namespace costwar::cli
