package gateway

import (
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"zoom-phone-mcp/internal/catalog"
	"zoom-phone-mcp/internal/jmespath"
)

// Job is something that people do with the data, as a prompt with a plan.
type Job struct {
	Name, Title, Description string

	Arguments []JobArgument
	// Render returns the plan with the arguments put in.
	Render func(arguments map[string]string) string
}

// JobArgument is an argument of a job.
type JobArgument struct {
	Name, Description string

	Required bool
}

// Jobs are what people do with the data, in the order of the document: those
// whose plans name no method that there is not.
func (g *Gateway) Jobs() []Job {
	var out []Job
	for j := range catalog.Jobs() {
		if !g.can(j) {
			continue
		}
		job := Job{Name: j.Name, Title: j.Title, Description: j.Description, Render: j.Render}
		for _, a := range j.Arguments {
			job.Arguments = append(job.Arguments, JobArgument{Name: a.Name, Description: a.Description, Required: a.Required})
		}
		out = append(out, job)
	}
	return out
}

// word is a name in a plan.
var word = regexp.MustCompile(`[a-z0-9_]+`)

// can reports whether a job's plan gets by with the methods that there are.
func (g *Gateway) can(j *catalog.Job) bool {
	for _, name := range word.FindAllString(j.Plan, -1) {
		if _, isMethod := catalog.Lookup(name); isMethod && !g.has(name) {
			return false
		}
	}
	return true
}

// MethodNames are the names of the methods that there are, those that start with
// what was written first.
func (g *Gateway) MethodNames(written string) []string {
	var starts, contains []string
	for m := range g.Methods() {
		switch {
		case strings.HasPrefix(m.Name, written):
			starts = append(starts, m.Name)
		case strings.Contains(m.Name, written):
			contains = append(contains, m.Name)
		}
	}
	return append(starts, contains...)
}

// JobValues are what may be offered for a job's argument: fixed values, or names
// that the account has. Whatever goes wrong on the way leaves nothing to offer.
func (g *Gateway) JobValues(ctx context.Context, job, argument, written string) []string {
	for j := range catalog.Jobs() {
		if j.Name != job || !g.can(j) {
			continue
		}
		for _, a := range j.Arguments {
			if a.Name != argument {
				continue
			}
			values := a.Values
			if a.Source != nil {
				values = g.offers.get(ctx, g, *a.Source)
			}
			low := strings.ToLower(written)
			return slices.DeleteFunc(slices.Clone(values), func(v string) bool { return !strings.Contains(strings.ToLower(v), low) })
		}
	}
	return nil
}

// offerLife is how long names that were offered once are offered again without
// asking Zoom.
const offerLife = 5 * time.Minute

// offers keeps what was offered. There are no more entries than jobs have sources.
type offers struct {
	mu   sync.Mutex
	kept map[catalog.Source]offer
}

func newOffers() *offers { return &offers{kept: map[catalog.Source]offer{}} }

type offer struct {
	values []string
	until  time.Time
}

func (o *offers) get(ctx context.Context, g *Gateway, s catalog.Source) []string {
	o.mu.Lock()
	kept, ok := o.kept[s]
	o.mu.Unlock()
	if ok && g.now().Before(kept.until) {
		return kept.values
	}
	field, err := jmespath.Compile(s.Field)
	if err != nil || !g.has(s.Method) {
		return nil
	}
	a, err := g.Call(ctx, CallRequest{Method: s.Method, AllPages: true, MaxRecords: 500})
	if err != nil {
		return nil
	}
	found, err := field.Select(ctx, a.JSON)
	if err != nil {
		return nil
	}
	var values []string
	if json.Unmarshal(found, &values) != nil {
		return nil
	}
	values = slices.Compact(slices.Sorted(slices.Values(values)))
	o.mu.Lock()
	defer o.mu.Unlock()
	o.kept[s] = offer{values, g.now().Add(offerLife)}
	return values
}
