package zoom

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"zoom-phone-mcp/internal/apierror"
)

// TokenError turns a failure of the token endpoint into an error. Zoom says
// invalid_client both for a wrong pair and for an app that is not activated;
// only the reason tells them apart.
func TokenError(err error, now time.Time) *apierror.Error {
	if e, ok := errors.AsType[*apierror.Error](err); ok {
		return e
	}
	re, ok := errors.AsType[*oauth2.RetrieveError](err)
	switch {
	case !ok && isNetwork(err):
		e := NetworkError(context.Background(), err)
		e.Message = "no access token: " + e.Message
		return e
	case !ok || re.Response != nil && re.Response.StatusCode == http.StatusOK && re.ErrorCode == "":
		return &apierror.Error{
			Kind: apierror.ZoomError, Err: err, Message: "the token endpoint answered with something that is not a token",
			Hint: "Check ZOOM_OAUTH_URL; a proxy on the way can be the cause too.",
		}
	}
	var body struct {
		Reason string `json:"reason"`
		Error  string `json:"error"`
	}
	_ = json.Unmarshal(re.Body, &body) // it may be HTML
	e := &apierror.Error{Kind: apierror.Auth, Err: err, ZoomMessage: apierror.Plain(body.Reason, maxSaid)}
	header := http.Header{}
	if re.Response != nil {
		header = re.Response.Header
		e.HTTPStatus = re.Response.StatusCode
		e.TrackingID = trackingID(re.Response)
	}
	reason := strings.ToLower(body.Reason)
	switch {
	case e.HTTPStatus == http.StatusTooManyRequests, limitText.MatchString(firstLine(re.Body)):
		e.Kind = apierror.RateLimited
		e.Message = "Zoom gives no more access tokens for the moment"
		e.Hint = "Wait a moment and call again."
		if after, ok := retryAfter(header, now); ok {
			e.RetryAt = timestamp(after)
		}
	case e.HTTPStatus >= 500:
		e.Kind = apierror.ZoomError
		e.Message = fmt.Sprintf("Zoom's token endpoint answered %d", e.HTTPStatus)
		e.Hint = "Zoom has a problem of its own. Try again in a moment."
	case strings.Contains(reason, "disabled"):
		e.Message = "the Zoom app is not activated"
		e.Hint = "Open the app at https://marketplace.zoom.us and activate it."
	case body.Error == "invalid_client":
		e.Message = "Zoom does not know this client id and secret"
		e.Hint = "Copy ZOOM_CLIENT_ID and ZOOM_CLIENT_SECRET again from the app's App Credentials page."
	case body.Error == "unsupported_grant_type":
		e.Message = "the app is not a Server-to-Server OAuth app"
		e.Hint = "Create an app of the type Server-to-Server OAuth and use its credentials."
	case body.Error == "invalid_grant":
		e.Message = "the login has ended"
		e.Hint = "Log in again: zoom-phone-mcp auth login."
	case body.Error == "invalid_request":
		e.Message = "Zoom does not know this account id"
		e.Hint = "Copy ZOOM_ACCOUNT_ID again from the app's App Credentials page."
	default:
		e.Message = fmt.Sprintf("Zoom's token endpoint answered %d: %s", e.HTTPStatus, firstLine(re.Body))
		e.Hint = "Check ZOOM_OAUTH_URL and the app's credentials."
	}
	return e
}

// isNetwork reports whether an error comes from the network and not from what an
// answer holds.
func isNetwork(err error) bool {
	var address *url.Error
	var network net.Error
	return errors.As(err, &address) || errors.As(err, &network) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}
