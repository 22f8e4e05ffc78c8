package zoom

import (
	"net/url"
	"slices"
	"strings"

	"zoom-phone-mcp/internal/apierror"
)

// Link is where an address leads that Zoom gave in an answer: download_url,
// file_url, transcript_download_url or profile_picture_download_url.
type Link struct {
	// Method is the method that fetches the file, and Params are its parameters.
	// It is empty for a signed address, which names no id that a method takes.
	Method string
	Params map[string]string
	// URL is the signed address, for [Client.Fetch]; nil where there is a method.
	URL *url.URL
}

// linkPath is the path of a method's file; {name} stands for an id.
type linkPath struct {
	path   []string
	method string
}

const linkHint = "Give a download_url, file_url or transcript_download_url as Zoom gave it, or the id."

// ParseLink is the function of that name with the client's base URL.
func (c *Client) ParseLink(address string) (Link, error) { return ParseLink(c.api.configured, address) }

// ParseLink returns where an address leads: it has to be one of Zoom's own over
// https, or of the base URL, and that of a recording, a transcript, a voicemail,
// a fax or a signed file. Everything else is a *apierror.Error of kind invalid_params.
func ParseLink(base *url.URL, address string) (Link, error) {
	refuse := func(format string, args ...any) (Link, error) {
		e := apierror.New(apierror.InvalidParams, format, args...)
		e.Hint = linkHint
		return Link{}, e
	}
	u, err := url.Parse(strings.TrimSpace(address))
	switch {
	case err != nil:
		return refuse("the link cannot be read") // the cause would show it
	case u.Scheme == "" || u.Host == "" || u.Opaque != "":
		return refuse("the link has to be a whole address, https://…")
	case u.User != nil:
		return refuse("the link carries a login")
	case !ownHost(base, u):
		return refuse("the link leads to %q: only https addresses of Zoom (zoom.us, zoomgov.com) and of the configured API are taken", u.Host)
	}
	var path []string
	for segment := range strings.SplitSeq(strings.Trim(u.EscapedPath(), "/"), "/") {
		segment, err := url.PathUnescape(segment)
		if err != nil || segment == "." || segment == ".." {
			return refuse("the link cannot be read")
		}
		path = append(path, segment)
	}
	if link, ok := fileLink(below(base, path)); ok {
		return link, nil
	}
	if path[0] == "file" || path[0] == "files" || len(path) > 1 && path[0] == "public" && path[1] == "file" {
		u.Fragment = ""
		return Link{URL: u}, nil
	}
	return refuse("the link is not that of a recording, a transcript, a voicemail or a fax")
}

// below takes the API's own prefix off a path: that of the base, /v2, /phone.
func below(base *url.URL, path []string) []string {
	prefix := strings.Split(strings.Trim(base.Path, "/"), "/")
	if len(path) > len(prefix) && slices.Equal(path[:len(prefix)], prefix) {
		path = path[len(prefix):]
	} else if len(path) > 1 && path[0] == "v2" {
		path = path[1:]
	}
	if len(path) > 1 && path[0] == "phone" {
		path = path[1:]
	}
	return path
}

// fileLink returns the method behind a path.
func fileLink(path []string) (Link, bool) {
next:
	for _, l := range linkPaths {
		if len(path) != len(l.path) {
			continue
		}
		link := Link{Method: l.method, Params: map[string]string{}}
		for i, part := range l.path {
			name, isID := strings.CutPrefix(part, "{")
			switch {
			case isID && isFileID(path[i]):
				link.Params[strings.TrimSuffix(name, "}")] = path[i]
			case isID || part != path[i]:
				continue next
			}
		}
		return link, true
	}
	return Link{}, false
}

// isFileID reports whether a text looks like an id of Zoom's: base64url or hex.
func isFileID(s string) bool {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_="
	return s != "" && len(s) <= 128 && strings.Trim(s, letters) == ""
}

// ownHost reports whether an address is one of Zoom's own or of the base's host. A
// loopback base stands for all loopback addresses.
func ownHost(base, u *url.URL) bool {
	if sameOrigin(base, u) {
		return true
	}
	if isLoopback(base.Hostname()) && isLoopback(u.Hostname()) && (u.Scheme == "https" || u.Scheme == base.Scheme) {
		return true
	}
	if u.Scheme != "https" || u.Port() != "" && u.Port() != "443" {
		return false
	}
	host := "." + strings.ToLower(u.Hostname())
	return (strings.HasSuffix(host, ".zoom.us") || strings.HasSuffix(host, ".zoomgov.com")) && publicHost(host[1:])
}
