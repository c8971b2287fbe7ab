// RoutedProvider: one name for two models. Which of them a call goes to stands in the request
// (ChatRequest::member); who decides that is the caller's business. Attempts come back as the model gave
// them, with its served model and its usage, so each is priced and recorded as what it is. Borrows both
// providers, which must outlive it. On the loop's thread.
#pragma once

#include <map>
#include <memory>

#include "core/provider.h"

namespace costwar {

class RoutedProvider final : public Provider {
 public:
  // card.members: the cards of both.
  RoutedProvider(ModelCard card, Provider& cheap, Provider& strong);
  ~RoutedProvider() override;

  const Traits& traits() const override { return traits_; }
  const ModelCard& card() const override { return card_; }
  std::optional<Refusal> check(const ChatRequest& request) const override;
  std::optional<std::int64_t> body_bytes(const ChatRequest& request) const override;
  CallId start(ChatRequest request, CallSink& sink) override;
  void cancel(CallId call) override;

 private:
  class Watch;
  Provider& member(const ChatRequest& request) const;

  ModelCard card_;
  Provider& cheap_;
  Provider& strong_;
  Traits traits_;
  CallId next_ = 1;
  std::map<CallId, std::unique_ptr<Watch>> out_;
};

}  // namespace costwar
