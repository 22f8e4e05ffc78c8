package simulator

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// ParseFaults reads a fault script: a JSON object for one fault, or an array of
// them. The keys are the fields of Fault in lower case with underscores, and
// "fault" for the name; durations are strings such as "1m30s", values of "header"
// are strings or arrays of strings:
//
//	[
//	  {"fault": "daily_limit", "path": "/v2/phone/call_history", "retry_after": "seconds"},
//	  {"fault": "reset", "rate": 0.05, "seed": 7},
//	  {"status": 418, "body": "{}", "header": {"Retry-After": "3"}, "delay": "250ms", "skip": 2, "count": 1}
//	]
//
// Unknown keys and names are errors.
func ParseFaults(script []byte) ([]Fault, error) {
	d := json.NewDecoder(bytes.NewReader(script))
	d.DisallowUnknownFields()
	var in []faultJSON
	var err error
	if bytes.HasPrefix(bytes.TrimLeft(script, " \t\r\n"), []byte("[")) {
		err = d.Decode(&in)
	} else {
		in = make([]faultJSON, 1)
		err = d.Decode(&in[0])
	}
	if err != nil {
		return nil, fmt.Errorf("fault script: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("fault script: something follows the JSON value")
	}
	var errs []error
	out := make([]Fault, len(in))
	for i, f := range in {
		out[i] = f.fault()
		if err := out[i].check(); err != nil {
			errs = append(errs, fmt.Errorf("fault %d: %w", i+1, err))
		}
	}
	return out, errors.Join(errs...)
}

// faultJSON is the written form of a Fault.
type faultJSON struct {
	Name       string     `json:"fault,omitempty"`
	Method     string     `json:"method,omitempty"`
	Path       string     `json:"path,omitempty"`
	Skip       int        `json:"skip,omitempty"`
	Count      int        `json:"count,omitempty"`
	Rate       float64    `json:"rate,omitempty"`
	Seed       uint64     `json:"seed,omitempty"`
	Delay      duration   `json:"delay,omitzero"`
	Status     int        `json:"status,omitempty"`
	Body       string     `json:"body,omitempty"`
	Header     headerJSON `json:"header,omitempty"`
	Bytes      int64      `json:"bytes,omitempty"`
	Skew       duration   `json:"skew,omitzero"`
	Scopes     []string   `json:"scopes,omitempty"`
	To         string     `json:"to,omitempty"`
	RetryAfter RetryAfter `json:"retry_after,omitempty"`
}

func (f *faultJSON) fault() Fault {
	return Fault{
		Name: f.Name, Method: f.Method, Path: f.Path, Skip: f.Skip, Count: f.Count, Rate: f.Rate, Seed: f.Seed,
		Delay: time.Duration(f.Delay), Status: f.Status, Body: f.Body, Header: http.Header(f.Header), Bytes: f.Bytes,
		Skew: time.Duration(f.Skew), Scopes: f.Scopes, To: f.To, RetryAfter: f.RetryAfter,
	}
}

func writtenFault(f *Fault) faultJSON {
	return faultJSON{
		Name: f.Name, Method: f.Method, Path: f.Path, Skip: f.Skip, Count: f.Count, Rate: f.Rate, Seed: f.Seed,
		Delay: duration(f.Delay), Status: f.Status, Body: f.Body, Header: headerJSON(f.Header), Bytes: f.Bytes,
		Skew: duration(f.Skew), Scopes: f.Scopes, To: f.To, RetryAfter: f.RetryAfter,
	}
}

// duration is written as Go writes durations.
type duration time.Duration

func (d duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

func (d *duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	*d = duration(v)
	return err
}

// headerJSON takes one string where there is one value.
type headerJSON http.Header

func (h *headerJSON) UnmarshalJSON(text []byte) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		return err
	}
	*h = make(headerJSON, len(fields))
	for name, field := range fields {
		var one string
		var many []string
		if json.Unmarshal(field, &one) == nil {
			many = []string{one}
		} else if err := json.Unmarshal(field, &many); err != nil {
			return fmt.Errorf("header %s: %w", name, err)
		}
		(*h)[name] = many
	}
	return nil
}
