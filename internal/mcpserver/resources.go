package mcpserver

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"zoom-phone-mcp/internal/gateway"
	"zoom-phone-mcp/internal/lenient"
	"zoom-phone-mcp/internal/mcptransport"
	"zoom-phone-mcp/internal/safejson"
)

// Guide is what resources, prompts and completions stand on.
type Guide interface {
	// Jobs are the prompts.
	Jobs() []gateway.Job
	// JobValues are what may be offered for an argument of a job.
	JobValues(ctx context.Context, job, argument, written string) []string
	// MethodNames are the names of methods, those that start with what was
	// written first.
	MethodNames(written string) []string
	// Result returns a page of an answer that was too long.
	Result(id string, page int) (*gateway.ResultPage, error)
	// FileContent returns a file that a call fetched, whole.
	FileContent(ctx context.Context, id string) (*gateway.File, error)
}

// The addresses of the resources.
const (
	methodsURI = "zoom-phone://methods"
	methodURI  = "zoom-phone://methods/{name}"
	resultURI  = "zoom-phone://results/{id}{?page}"
)

// maxCompletions is the protocol's bound on what one completion offers.
const maxCompletions = 100

var errNotAURI = errors.New("the uri cannot be read: an escape in it is wrong")

// guide serves resources, prompts and completions.
type guide struct {
	Guide
	gateway Gateway
	index   string
}

// options are those of the protocol server.
func (g guide) options() []server.ServerOption {
	return []server.ServerOption{
		server.WithResourceCapabilities(false, false),
		server.WithPromptCapabilities(false),
		server.WithCompletions(),
		server.WithPromptCompletionProvider(g),
		server.WithResourceCompletionProvider(g),
	}
}

// register adds the resources and prompts.
func (g guide) register(s *server.MCPServer) {
	s.AddResource(mcp.NewResource(methodsURI, "methods", mcp.WithResourceDescription("All methods, a line each."), mcp.WithMIMEType("text/plain")),
		func(context.Context, mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
			return []mcp.ResourceContents{mcp.TextResourceContents{URI: methodsURI, MIMEType: "text/plain", Text: g.index}}, nil
		})
	s.AddResourceTemplate(mcp.NewResourceTemplate(methodURI, "method",
		mcp.WithTemplateDescription("The description of a method."), mcp.WithTemplateMIMEType("application/json")), g.readMethod)
	s.AddResourceTemplate(mcp.NewResourceTemplate(resultURI, "result",
		mcp.WithTemplateDescription("An answer that was too long, in pages from 1; kept for 15 minutes.")), g.readResult)
	for uri, description := range map[string]string{
		keptURI: "A file that a call fetched; kept for a day at most.", linkURI: "The same by its link.", plainURI: "The same by its link.",
	} {
		s.AddResourceTemplate(mcp.NewResourceTemplate(uri, "file", mcp.WithTemplateDescription(description)), g.readFile)
	}
	for _, j := range g.Jobs() {
		options := []mcp.PromptOption{mcp.WithPromptTitle(j.Title), mcp.WithPromptDescription(j.Description)}
		for _, a := range j.Arguments {
			about := []mcp.ArgumentOption{mcp.ArgumentDescription(a.Description)}
			if a.Required {
				about = append(about, mcp.RequiredArgument())
			}
			options = append(options, mcp.WithArgument(a.Name, about...))
		}
		s.AddPrompt(mcp.NewPrompt(j.Name, options...), g.prompt(j))
	}
}

func (g guide) readMethod(ctx context.Context, r mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
	name, err := url.PathUnescape(strings.TrimPrefix(r.Params.URI, methodsURI+"/"))
	if err != nil {
		return nil, mcptransport.Refuse(ctx, mcp.INVALID_PARAMS, errNotAURI)
	}
	text, err := g.gateway.Describe(ctx, gateway.DescribeRequest{Method: name, Full: true})
	if err != nil {
		return nil, unread(ctx, err)
	}
	return []mcp.ResourceContents{mcp.TextResourceContents{URI: r.Params.URI, MIMEType: "application/json", Text: string(safejson.Document(text))}}, nil
}

func (g guide) readResult(ctx context.Context, r mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
	u, err := url.Parse(r.Params.URI)
	if err != nil {
		return nil, mcptransport.Refuse(ctx, mcp.INVALID_PARAMS, errNotAURI)
	}
	number := 1
	if text := u.Query().Get("page"); text != "" {
		if number, err = strconv.Atoi(text); err != nil {
			return nil, mcptransport.Refuse(ctx, mcp.INVALID_PARAMS, fmt.Errorf("page %q is not a number", lenient.Shorten(text)))
		}
	}
	page, err := g.Result(strings.TrimPrefix(u.Path, "/"), number)
	if err != nil {
		return nil, unread(ctx, err)
	}
	// A page of a JSON document is no document of its own.
	mediaType := page.MediaType
	if page.Pages > 1 && !strings.HasPrefix(mediaType, "text/") {
		mediaType = "text/plain"
	}
	meta := map[string]any{"page": page.Number, "pages": page.Pages, "bytes": page.Bytes, "expires": page.Expires.UTC().Format("2006-01-02T15:04:05Z")}
	if strings.HasPrefix(mediaType, "text/") || mediaType == "application/json" {
		return []mcp.ResourceContents{mcp.TextResourceContents{Meta: meta, URI: r.Params.URI, MIMEType: mediaType, Text: string(page.Data)}}, nil
	}
	return []mcp.ResourceContents{mcp.BlobResourceContents{Meta: meta, URI: r.Params.URI, MIMEType: mediaType, Blob: base64.StdEncoding.EncodeToString(page.Data)}}, nil
}

func (g guide) prompt(j gateway.Job) server.PromptHandlerFunc {
	return func(ctx context.Context, r mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
		if wrong := checkPrompt(j, r.Params.Arguments); len(wrong) > 0 {
			return nil, mcptransport.Refuse(ctx, mcp.INVALID_PARAMS, fmt.Errorf("the prompt %s %s", j.Name, strings.Join(wrong, "; it ")))
		}
		plan := j.Render(r.Params.Arguments)
		return mcp.NewGetPromptResult(j.Description, []mcp.PromptMessage{mcp.NewPromptMessage(mcp.RoleUser, mcp.NewTextContent(plan))}), nil
	}
}

// maxWrong is how much an error tells of the arguments of a prompt.
const maxWrong = 20

// checkPrompt tells what is wrong with the arguments of a prompt.
func checkPrompt(j gateway.Job, given map[string]string) []string {
	var wrong, names, missing []string
	for _, a := range j.Arguments {
		names = append(names, a.Name)
		if a.Required && strings.TrimSpace(given[a.Name]) == "" {
			missing = append(missing, a.Name)
		}
	}
	if len(missing) > 0 {
		wrong = append(wrong, "needs "+strings.Join(missing, ", "))
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if slices.Contains(names, name) {
			continue
		}
		if len(wrong) == maxWrong {
			return append(wrong, "has no other arguments than "+strings.Join(names, ", "))
		}
		near := nearest(name, names...)
		if len(near) == 0 {
			near = names
		}
		wrong = append(wrong, "has no argument "+lenient.Quote(name)+", but "+strings.Join(near, ", "))
	}
	return wrong
}

// CompletePromptArgument offers values for an argument of a prompt.
func (g guide) CompletePromptArgument(ctx context.Context, prompt string, a mcp.CompleteArgument, _ mcp.CompleteContext) (*mcp.Completion, error) {
	return offer(g.JobValues(ctx, prompt, a.Name, a.Value)), nil
}

// CompleteResourceArgument offers names of methods.
func (g guide) CompleteResourceArgument(_ context.Context, uri string, a mcp.CompleteArgument, _ mcp.CompleteContext) (*mcp.Completion, error) {
	if uri != methodURI || a.Name != "name" {
		return offer(nil), nil
	}
	return offer(g.MethodNames(a.Value)), nil
}

func offer(values []string) *mcp.Completion {
	c := &mcp.Completion{Values: values, Total: len(values)}
	if values == nil {
		c.Values = []string{}
	}
	if len(values) > maxCompletions {
		c.Values, c.HasMore = values[:maxCompletions], true
	}
	return c
}
