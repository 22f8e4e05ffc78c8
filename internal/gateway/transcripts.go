package gateway

import (
	"context"
	"io"
	"time"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/catalog"
	"zoom-phone-mcp/internal/transcript"
	"zoom-phone-mcp/internal/zoom"
)

// The forms of a transcript.
const (
	AsText = "text" // for reading
	AsVTT  = "vtt"  // WebVTT, for players
	AsJSON = "json" // as Zoom sent it
)

// wholeText marks an answer that is a text as one of outside parties.
var wholeText = []string{"text"}

// notReadyFor is when to ask again for something that Zoom is still making. Zoom
// does not say; transcripts take minutes.
const notReadyFor = 2 * time.Minute

// readTranscript takes the file of a transcript whole. It is a JSON document, most
// often.
func (g *Gateway) readTranscript(ctx context.Context, m *catalog.Method, f *zoom.File) (*Answer, error) {
	defer f.Body.Close()
	data, err := io.ReadAll(io.LimitReader(f.Body, g.maxFile+1))
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, apierror.From(zoom.ContextError(ctx))
	case err != nil:
		return nil, &apierror.Error{Kind: apierror.Network, Method: m.Name, Message: "the connection broke before the file was complete", Hint: "Try again.", Err: err}
	case int64(len(data)) > g.maxFile:
		e := apierror.New(apierror.TooLarge, "the transcript is larger than %d bytes", g.maxFile)
		e.Method = m.Name
		return nil, e
	case f.Size >= 0 && int64(len(data)) < f.Size:
		return nil, &apierror.Error{Kind: apierror.Network, Method: m.Name, Message: "the file ended before it was complete", Hint: "Try again."}
	}
	if text, mediaType, ok := transcript.Given(data); ok {
		return &Answer{Text: text, MediaType: mediaType}, nil
	}
	return jsonAnswer(m, data)
}

// giveTranscript returns a transcript that came as a text already, as it is.
func (g *Gateway) giveTranscript(p *plan, a *Answer) (*Answer, error) {
	came := "plain text"
	if a.MediaType == transcript.WebVTT {
		came = "WebVTT"
	}
	e := apierror.New(apierror.ZoomError, "Zoom gave this transcript as %s", came)
	switch {
	case p.selection != nil:
		e.Message += ", so there are no fields to select"
		e.Hint = "Call again without select; the text then comes as it is."
		return nil, e
	case p.request.As == AsVTT && a.MediaType != transcript.WebVTT:
		e.Message += " without times, so there is no WebVTT of it"
		e.Hint = "Call again with as=text; it then comes as it is."
		return nil, e
	case p.request.As == AsJSON:
		a.Notes = append(a.Notes, e.Message+", not as JSON; this is it as it came.")
	}
	a.clean() // a text has no escapes
	a.Meta.Untrusted = wholeText
	return g.fitText(p, a, a.MediaType, nil)
}

// renderTranscript makes the text that was asked for of a transcript.
func (g *Gateway) renderTranscript(p *plan, a *Answer) (*Answer, error) {
	t, err := transcript.Parse(a.JSON)
	if err != nil {
		return nil, err
	}
	a.JSON = nil
	mediaType := transcript.PlainText
	if a.Text = t.Text(); p.request.As == AsVTT {
		a.Text, mediaType = t.VTT(), transcript.WebVTT
	}
	a.Meta.Untrusted = wholeText
	return g.fitText(p, a, mediaType, nil)
}

// notReady makes an answer of the failure that something is still being made, for
// those who can only wait; programs get the failure.
func (g *Gateway) notReady(e *apierror.Error) *Answer {
	at := g.now().Add(notReadyFor).UTC().Format(time.RFC3339)
	a := &Answer{
		Text: "Not ready yet: Zoom is still making it. Call again in about 2 minutes (after " + at + ").\n",
		Meta: Meta{Attempts: e.Attempts, WaitedMS: e.WaitedMS, TrackingID: e.TrackingID, status: e.HTTPStatus},
	}
	a.MediaType = "text/plain"
	a.Status = encode(map[string]any{"status": "in_progress", "retry_at": at, "retry_after_seconds": int(notReadyFor / time.Second)})
	return a
}
