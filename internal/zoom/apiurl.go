package zoom

import (
	"net/url"
	"strings"
	"sync/atomic"

	"github.com/rs/zerolog"
	"golang.org/x/oauth2"
)

// apiBase is the base URL of the API. Zoom's token answers may name another,
// regional one (api_url), which is followed when nobody has configured one.
type apiBase struct {
	configured *url.URL
	follow     bool
	log        zerolog.Logger
	last       atomic.Pointer[tokenBase]
	noted      atomic.Bool // an address that was not followed has been logged
}

type tokenBase struct {
	token *oauth2.Token
	base  *url.URL
}

// of returns the base for requests with a token.
func (a *apiBase) of(token *oauth2.Token) *url.URL {
	if !a.follow {
		return a.configured
	}
	if last := a.last.Load(); last != nil && last.token == token {
		return last.base
	}
	base := a.configured
	switch host, named := RegionalHost(token); {
	case host != "":
		base = &url.URL{Scheme: "https", Host: host, Path: a.configured.Path}
	case named && !a.noted.Swap(true):
		a.log.Debug().Msg("the token answer names an API address that is not one of Zoom's own; it is not followed")
	}
	a.last.Store(&tokenBase{token, base})
	return base
}

// RegionalHost returns the host of the API that came with a token as api_url, empty
// if it is not one of Zoom's own; named reports whether there was any.
func RegionalHost(token *oauth2.Token) (host string, named bool) {
	address, _ := token.Extra("api_url").(string)
	if address == "" {
		return "", false
	}
	host, _ = zoomHost(address)
	return host, true
}

// zoomHost returns the host of an address that is one of Zoom's own.
func zoomHost(address string) (string, bool) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.User != nil || u.Opaque != "" || u.RawQuery != "" || u.Fragment != "" {
		return "", false
	}
	if u.Port() != "" && u.Port() != "443" {
		return "", false
	}
	switch strings.TrimRight(u.Path, "/") {
	case "", "/v2":
	default:
		return "", false
	}
	host := strings.ToLower(u.Hostname())
	if !strings.HasSuffix(host, ".zoom.us") && !strings.HasSuffix(host, ".zoomgov.com") {
		return "", false
	}
	if strings.Trim(host, "abcdefghijklmnopqrstuvwxyz0123456789.-") != "" {
		return "", false
	}
	return host, true
}
