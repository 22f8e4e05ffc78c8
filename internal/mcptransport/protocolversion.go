package mcptransport

import (
	"net/http"

	"github.com/mark3labs/mcp-go/mcp"

	"zoom-phone-mcp/internal/lenient"
)

// era tells which protocol a request over HTTP speaks: the one with a handshake,
// or that of 2026-07-28, where every request stands for itself and repeats in
// headers what it says in its body.
type era struct {
	modern       bool
	header, meta string // the protocol version in either place
}

func eraOf(head http.Header, in *incoming) era {
	e := era{header: head.Get(mcp.HeaderProtocolVersion)}
	if m := in.items[0].message; m != nil && !in.batch {
		e.meta = m.version
	}
	e.modern = mcp.IsModernProtocol(e.header) || mcp.IsModernProtocol(e.meta)
	return e
}

// check returns the error for a request whose headers do not fit, or nil.
func (e era) check(head http.Header, in *incoming) *answer {
	m := in.items[0].message
	var id Document
	if m != nil {
		id = m.id
	}
	fail := func(code int, text string) *answer {
		a := errorAnswer(id, code, text)
		return &a
	}
	if !e.modern {
		// The version is agreed on with initialize; later requests may name it.
		if e.header != "" && !mcp.IsValidProtocolVersion(e.header) && !in.initializes() {
			return fail(mcp.INVALID_REQUEST, "unsupported protocol version "+lenient.Quote(e.header))
		}
		return nil
	}
	switch {
	case in.batch:
		return fail(mcp.INVALID_REQUEST, "there are no batches in protocol version "+mcp.ProtocolVersion20260728)
	case m == nil:
		return fail(mcp.INVALID_REQUEST, "clients send no responses in protocol version "+mcp.ProtocolVersion20260728)
	case m.id == nil || m.wrong != nil: // that is told first
		return nil
	case head.Get(mcp.HeaderLastEventID) != "":
		return fail(mcp.HEADER_MISMATCH, "streams cannot be resumed: send the request again with a new id")
	case e.header == "":
		return fail(mcp.HEADER_MISMATCH, "the header "+mcp.HeaderProtocolVersion+" is missing")
	case e.meta == "":
		return fail(mcp.INVALID_PARAMS, "_meta has no valid "+mcp.MetaKeyProtocolVersion)
	case e.header != e.meta:
		return fail(mcp.HEADER_MISMATCH, "the header "+mcp.HeaderProtocolVersion+" and "+mcp.MetaKeyProtocolVersion+" differ")
	}
	if !mcp.IsValidProtocolVersion(e.meta) {
		a := answerOf(id, mcp.UnsupportedProtocolVersionError{Version: e.meta, Supported: mcp.ValidProtocolVersions}.JSONRPCError())
		return &a
	}
	if err := mcp.ValidateStandardHeaders(head.Get, e.meta, mcp.MCPMethod(m.method), m.used); err != nil {
		return fail(mcp.HEADER_MISMATCH, err.Error())
	}
	return nil
}

// status returns the HTTP status for an answer.
func (e era) status(a *answer) int {
	switch {
	case !a.failed:
		return http.StatusOK
	case a.code == codeBusy:
		return http.StatusTooManyRequests
	case !e.modern:
		return http.StatusOK // the error is the answer
	}
	switch a.code {
	case mcp.METHOD_NOT_FOUND:
		return http.StatusNotFound
	case mcp.HEADER_MISMATCH, mcp.MISSING_REQUIRED_CLIENT_CAPABILITY, mcp.UNSUPPORTED_PROTOCOL_VERSION,
		mcp.INVALID_REQUEST, mcp.INVALID_PARAMS, mcp.PARSE_ERROR:
		return http.StatusBadRequest
	}
	return http.StatusOK
}

// refuseOld answers the verbs that belong to sessions where there are none: in
// the protocol of 2026-07-28, and without the header that names a session. It
// also refuses protocol versions that do not exist.
func refuseOld(w http.ResponseWriter, r *http.Request) (session string, refused bool) {
	version := r.Header.Get(mcp.HeaderProtocolVersion)
	session = r.Header.Get(mcp.HeaderSessionID)
	switch {
	case mcp.IsModernProtocol(version) || session == "":
		w.Header().Set("Allow", http.MethodPost)
		refuse(w, http.StatusMethodNotAllowed, "there is no session; use POST", 0)
	case version != "" && !mcp.IsValidProtocolVersion(version):
		refuse(w, http.StatusBadRequest, "unsupported protocol version "+lenient.Quote(version), 0)
	default:
		return session, false
	}
	return "", true
}
