#include <doctest/doctest.h>

#include <string>

#include "core/day.h"
#include "core/error.h"
#include "pricing/invoice/formats.h"

using namespace costwar;
using namespace costwar::pricing;

namespace {

Invoice read(std::string_view text, std::string_view format = "", const InvoiceOptions& options = {}) {
  return read_invoice(text, format, options, "invoice.csv");
}

std::string message_of(std::string_view text, std::string_view format = "",
                       const InvoiceOptions& options = {}) {
  try {
    read(text, format, options);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

Money usd(const char* text) {
  return Money::parse(Currency("USD"), text);
}

Money cny(const char* text) {
  return Money::parse(Currency("CNY"), text);
}

std::int64_t day(const char* text) {
  return parse_day(text)->day;
}

}  // namespace

TEST_CASE("OpenAI's cost export, grouped by line item") {
  const Invoice invoice = read(
      "start_time,end_time,start_time_iso,end_time_iso,amount_value,amount_currency,line_item,project_id,"
      "organization_id,organization_name,quantity\n"
      "1786924800,1787011200,2026-08-17T00:00:00+00:00,2026-08-18T00:00:00+00:00,0.8958740000000000,usd,"
      "\"gpt-5.5-2026-04-23, input\",proj_1,org-1,Acme,179174\n"
      "1786924800,1787011200,2026-08-17T00:00:00+00:00,2026-08-18T00:00:00+00:00,0.1,usd,"
      "\"gpt-5.5-2026-04-23, cached input\",proj_1,org-1,Acme,\n"
      "1786924800,1787011200,2026-08-17T00:00:00+00:00,2026-08-18T00:00:00+00:00,1e-05,usd,"
      "\"priority | gpt-5.6-sol, output, long context\",proj_1,org-1,Acme,\n"
      "1786924800,1787011200,2026-08-17T00:00:00+00:00,2026-08-18T00:00:00+00:00,0.2,usd,"
      "\"gpt-5.5, cache writes\",proj_1,org-1,Acme,\n"
      "1786924800,1787011200,2026-08-17T00:00:00+00:00,2026-08-18T00:00:00+00:00,0.03,usd,"
      "web search tool calls,proj_1,org-1,Acme,\n"
      "1786924800,1787011200,2026-08-17T00:00:00+00:00,2026-08-18T00:00:00+00:00,-5,usd,"
      "promotional credit,,org-1,Acme,\n"
      "1787011200,1787097600,2026-08-18T00:00:00+00:00,2026-08-19T00:00:00+00:00,,,,,,,\n");
  CHECK(invoice.format == "openai");
  CHECK(invoice.provider == "openai");
  CHECK(invoice.currency.code() == "USD");
  CHECK(invoice.day_offset_ns == 0);
  CHECK(invoice.decimals == 16);
  CHECK(invoice.empty_lines == 1);
  CHECK(invoice.bad_lines == 0);
  REQUIRE(invoice.lines.size() == 6);
  const InvoiceLine& input = invoice.lines[0];
  CHECK(input.day == day("2026-08-17"));
  CHECK(input.model == "gpt-5.5-2026-04-23");
  CHECK(input.meter == Meter::fresh_input);
  CHECK(input.amount == usd("0.895874"));
  CHECK(input.quantity == 179174);
  CHECK(input.label == "gpt-5.5-2026-04-23, input");
  CHECK(input.line == 2);
  CHECK(invoice.lines[1].meter == Meter::cache_read);
  CHECK_FALSE(invoice.lines[1].quantity);
  CHECK(invoice.lines[2].model == "gpt-5.6-sol");
  CHECK(invoice.lines[2].meter == Meter::visible_output);
  CHECK(invoice.lines[2].amount == usd("0.00001"));
  CHECK(invoice.lines[3].meter == Meter::cache_write_5m);
  CHECK(invoice.lines[4].model == "");
  CHECK(invoice.lines[4].kind == LineKind::usage);
  CHECK(invoice.lines[5].kind == LineKind::credit);
  CHECK(invoice.lines[5].amount == usd("-5"));
}

TEST_CASE("OpenAI's cost export without grouping, by seconds, columns in another order") {
  const Invoice invoice = read("amount_currency;amount_value;start_time\nUSD;1.25;1786924800\n");
  CHECK(invoice.format == "openai");
  REQUIRE(invoice.lines.size() == 1);
  CHECK(invoice.lines[0].day == day("2026-08-17"));
  CHECK(invoice.lines[0].model == "");
  CHECK(invoice.lines[0].label == "");
  CHECK(invoice.lines[0].amount == usd("1.25"));
}

TEST_CASE("Anthropic's cost export") {
  const Invoice invoice = read(
      "\xEF\xBB\xBFusage_date_utc,model,workspace,api_key,usage_type,context_window,token_type,cost_usd,"
      "list_price_usd,cost_type,inference_geo,speed,api_key_id,api_key_status\r\n"
      "2026-08-04,Claude Haiku 5.5,Default,\"key, one\",message,\xE2\x89\xA4 "
      "200k,input_no_cache,0.05,0.05,token,"
      "not_available,,a,active\r\n"
      "2026-08-04,Claude Haiku 5.5,Default,k,message,\xE2\x89\xA4 "
      "200k,input_cache_write_1h,0.1,0.1,token,x,,a,active\r\n"
      "2026-08-04,Claude Haiku 5.5,Default,k,message,\xE2\x89\xA4 200k,output,0.02,0.02,token,x,,a,active\r\n"
      "2026-08-04,,Default,k,message,,,0.03,0.03,web_search,x,,a,active\r\n");
  CHECK(invoice.format == "anthropic");
  CHECK(invoice.decimals == 2);
  REQUIRE(invoice.lines.size() == 4);
  CHECK(invoice.lines[0].model == "Claude Haiku 5.5");
  CHECK(invoice.lines[0].meter == Meter::fresh_input);
  CHECK(invoice.lines[0].amount == usd("0.05"));
  CHECK(invoice.lines[1].meter == Meter::cache_write_1h);
  CHECK(invoice.lines[2].meter == Meter::visible_output);
  CHECK_FALSE(invoice.lines[3].meter);
  CHECK(invoice.lines[3].label == "web_search");
}

TEST_CASE("DeepSeek's cost export, in UTC and in the account's zone") {
  const Invoice utc = read(
      "user_id,utc_date,model,wallet_type,cost,currency\n"
      "u,20260817,deepseek-v4-pro,Paid,0.032532,CNY\nu,2026-08-18,deepseek-v4-pro,Granted,0.1,CNY\n");
  CHECK(utc.format == "deepseek");
  CHECK(utc.day_offset_ns == 0);
  CHECK(utc.currency.code() == "CNY");
  CHECK(utc.decimals == 6);
  REQUIRE(utc.lines.size() == 2);
  CHECK(utc.lines[0].day == day("2026-08-17"));
  CHECK(utc.lines[0].amount == cny("0.032532"));
  CHECK(utc.lines[1].kind == LineKind::usage);  // granted balance pays for usage
  const Invoice beijing = read(
      "user_id,start_time_iso,end_time_iso,model,wallet_type,cost,currency\n"
      "u,2026-08-17T00:00:00+08:00,2026-08-18T00:00:00+08:00,deepseek-v4-pro,Paid,1.0,CNY\n");
  CHECK(beijing.day_offset_ns == 28'800'000'000'000);
  CHECK(beijing.lines[0].day == day("2026-08-17"));
  CHECK(beijing.other_offsets == 0);
}

TEST_CASE("DeepSeek's amount export has counts and prices, and no currency") {
  const std::string text =
      "user_id,utc_date,model,api_key_name,api_key,type,price,amount\n"
      "u,2026-08-17,deepseek-v4-pro,k,sk-***,input_cache_miss_tokens,0.000003,7064\n"
      "u,2026-08-17,deepseek-v4-pro,k,sk-***,input_cache_hit_tokens,3.625e-9,1000\n"
      "u,2026-08-17,deepseek-v4-pro,k,sk-***,output_tokens,0.000006,1890\n"
      "u,2026-08-17,deepseek-v4-pro,k,sk-***,request_count,,2\n"
      "u,2026-08-17,deepseek-v4-pro,k,sk-***,bogus,0.1,2\n";
  CHECK(message_of(text) ==
        "invoice.csv: none of its 5 lines can be read; line 2: no currency is printed: say which with "
        "--invoice-currency");
  InvoiceOptions options;
  options.currency = Currency("CNY");
  const Invoice invoice = read(text, "", options);
  CHECK(invoice.format == "deepseek-amount");
  CHECK(invoice.decimals == 18);  // calculated, so nothing was rounded
  REQUIRE(invoice.lines.size() == 4);
  CHECK(invoice.lines[0].amount == cny("0.021192"));
  CHECK(invoice.lines[0].quantity == 7064);
  CHECK(invoice.lines[1].meter == Meter::cache_read);
  CHECK(invoice.lines[1].amount == cny("0.000003625"));
  CHECK(invoice.lines[2].amount == cny("0.01134"));
  CHECK(invoice.lines[3].meter == Meter::requests);
  CHECK(invoice.lines[3].amount == cny("0"));
  CHECK(invoice.bad_lines == 1);
  REQUIRE(invoice.bad_samples.size() == 1);
  CHECK(invoice.bad_samples[0].line == 6);
  CHECK(invoice.bad_samples[0].what == "'bogus' is not a type of usage that is known");
}

TEST_CASE("Any other invoice is read by a column map") {
  const std::string text =
      "Tag;Netto;Modell;Text\n2026-08-17;1,234.50;gpt-5.5;calls\n2026-08-31;234.56;;VAT 19 %\n"
      "2026-08-31;-10;;Welcome credit\n2026-08-31;20;;Monthly minimum\n";
  CHECK(
      message_of(text).starts_with("invoice.csv: its columns are tag, netto, modell, text, which is no "
                                   "layout that is known (openai: start_time_iso or start_time or date, "
                                   "amount_value, amount_currency; anthropic: "));
  InvoiceOptions options;
  options.currency = Currency("USD");
  options.columns = {{"day", "Tag"}, {"amount", "Netto"}, {"model", "Modell"}, {"label", "Text"}};
  const Invoice invoice = read(text, "generic", options);
  REQUIRE(invoice.lines.size() == 4);
  CHECK(invoice.lines[0].amount == usd("1234.5"));
  CHECK(invoice.lines[0].kind == LineKind::usage);
  CHECK(invoice.lines[1].kind == LineKind::tax);
  CHECK(invoice.lines[2].kind == LineKind::credit);
  CHECK(invoice.lines[3].kind == LineKind::minimum);
  options.columns["amount"] = "Brutto";
  CHECK(message_of(text, "generic", options) ==
        "invoice.csv: its columns are tag, netto, modell, text; the Invoice needs Tag, Brutto");
  options.columns["colour"] = "x";
  CHECK(
      message_of(text, "generic", options) ==
      "--invoice-columns: 'colour' is not one of day, amount, currency, model, meter, quantity, kind, label");
}

TEST_CASE("costwar's own names for columns") {
  const Invoice invoice = read(
      "day,amount,currency,model,meter,quantity,kind,label\n"
      "2026-08-17,1.5,USD,gpt-5.5,output,1000,,\n2026-08-17,0.5,USD,gpt-5.5,cache_read,7,usage,x\n"
      "2026-08-17,0.5,USD,,,,rounding,x\n2026-08-17,0.5,USD,,,,loan,x\n2026-08-17,0.5,USD,,colour,,,x\n",
      "generic");
  REQUIRE(invoice.lines.size() == 3);
  CHECK(invoice.lines[0].meter == Meter::visible_output);
  CHECK(invoice.lines[1].meter == Meter::cache_read);
  CHECK(invoice.lines[1].quantity == 7);
  CHECK(invoice.lines[2].kind == LineKind::rounding);
  CHECK(invoice.bad_lines == 2);
}

TEST_CASE("Lines that cannot be read are counted and sampled, with the reason") {
  const Invoice invoice = read(
      "usage_date_utc,model,token_type,cost_usd\n"
      "2026-08-04,Claude Haiku 5.5,output,0.02\n"
      "yesterday,Claude Haiku 5.5,output,0.02\n"
      "2026-08-04,Claude Haiku 5.5,output,much\n"
      "2026-08-04,Claude Haiku 5.5,output\n"
      "\"2026-08-04\"x,Claude Haiku 5.5,output,1\n"
      "2026-08-04,Claude Haiku 5.5,output,1000000000000\n"
      "2026-08-04,Claude Haiku 5.5,output,1e99\n"
      "2026-08-04,Claude Haiku 5.5,output,0.03\n");
  CHECK(invoice.lines.size() == 2);
  CHECK(invoice.bad_lines == 6);
  REQUIRE(invoice.bad_samples.size() == 5);
  CHECK(invoice.bad_samples[0].what == "'yesterday' is not a day");
  CHECK(invoice.bad_samples[1].what == "'much' is not an amount");
  CHECK(invoice.bad_samples[2].what == "'' is not an amount");
  CHECK(invoice.bad_samples[3].what == "there is text behind the closing quote of a field");
  CHECK(invoice.bad_samples[4].what == "the amount 1000000000000 is beyond any invoice");
  CHECK(invoice.bad_samples[4].line == 7);
}

TEST_CASE("Files that are no invoice are refused") {
  CHECK(message_of("") == "invoice.csv: there is no header line");
  CHECK(message_of("usage_date_utc,model,token_type,cost_usd\n") ==
        "invoice.csv: not one line bills anything");
  CHECK(message_of("a,b\n1,2\n", "opanai") ==
        "'opanai' is not an invoice format: openai, anthropic, deepseek, deepseek-amount, generic");
  CHECK(
      message_of("a,b\n1,2\n", "deepseek") ==
      "invoice.csv: its columns are a, b; the DeepSeek cost export needs start_time_iso or utc_date, model, "
      "cost, currency");
}

TEST_CASE("Amounts are read to the last digit") {
  const Currency currency("USD");
  const auto amount = [&](const char* text) { return read_amount(text, currency).amount.decimal(); };
  CHECK(amount("12.40") == "12.4");
  CHECK(read_amount("12.40", currency).decimals == 2);
  CHECK(amount(" -0.0031 ") == "-0.0031");
  CHECK(amount("+1") == "1");
  CHECK(amount("$1,234,567.89") == "1234567.89");
  CHECK(amount("-$5") == "-5");
  CHECK(amount("$-5") == "-5");
  CHECK(amount("\xC2\xA5"
               "3.5") == "3.5");
  CHECK(amount("3.625e-9") == "0.000000003625");
  CHECK(read_amount("3.625e-9", currency).decimals == 12);
  CHECK(amount("1.5E+3") == "1500");
  CHECK(amount("0") == "0");
  CHECK(amount("000.10") == "0.1");
  CHECK(amount("0.0000000000000000005") == "0.000000000000000001");  // half away from zero
  CHECK(amount("0.00000000000000000049") == "0");
  CHECK(amount("-0.0000000000000000005") == "-0.000000000000000001");
  CHECK(amount("999999999999.999999999999999999") == "999999999999.999999999999999999");
  for (const char* bad : {"", "-", ".", "1,23", "1.234,56", "12,3456", "1.2.3", "1e", "1e999", "nan", "inf",
                          "0x10", "--1", "1 000", "1,,234"})
    CHECK_THROWS_AS_MESSAGE(read_amount(bad, currency), Error, bad);
  CHECK_THROWS_AS(read_amount("1000000000000", currency), Error);
  CHECK(read_quantity("1,000") == 1000);
  CHECK(read_quantity("1000.0") == 1000);
  CHECK_FALSE(read_quantity(" "));
  for (const char* bad : {"-1", "0.5", "1e3", "1234567890123456", "x"})
    CHECK_THROWS_AS_MESSAGE(read_quantity(bad), Error, bad);
}
