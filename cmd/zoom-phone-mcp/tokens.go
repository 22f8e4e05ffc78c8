package main

import (
	"golang.org/x/oauth2"

	"zoom-phone-mcp/internal/gateway"
)

// observed tells an observer of calls that also counts tokens of every token
// that is asked for.
func observed(source oauth2.TokenSource, observer gateway.Observer) oauth2.TokenSource {
	if counter, ok := observer.(tokenCounter); ok {
		return countedTokens{source, counter}
	}
	return source
}

type tokenCounter interface{ Refreshed(error) }

type countedTokens struct {
	source  oauth2.TokenSource
	counter tokenCounter
}

// Token implements oauth2.TokenSource.
func (t countedTokens) Token() (*oauth2.Token, error) {
	token, err := t.source.Token()
	t.counter.Refreshed(err)
	return token, err
}
