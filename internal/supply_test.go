package internal_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A tag of an action or an image can be moved to other code.
func TestActionsAndImagesArePinnedByDigest(t *testing.T) {
	workflows, err := filepath.Glob("../.github/workflows/*.y*ml")
	if err != nil || len(workflows) == 0 {
		t.Fatal(workflows, err)
	}
	uses, pinned := regexp.MustCompile(`(?m)^\s*-?\s*uses:\s*(\S+)`), regexp.MustCompile(`^[\w.-]+/[\w./-]+@[0-9a-f]{40}$`)
	for _, path := range workflows {
		for _, found := range uses.FindAllStringSubmatch(read(t, path), -1) {
			if !pinned.MatchString(found[1]) {
				t.Errorf("%s: %s is not pinned by a commit", path, found[1])
			}
		}
	}
	from, digest := regexp.MustCompile(`(?mi)^FROM\s+(?:--\S+\s+)*(\S+)`), regexp.MustCompile(`@sha256:[0-9a-f]{64}$`)
	for _, path := range []string{"../Dockerfile", "../packaging/Dockerfile"} {
		images := from.FindAllStringSubmatch(read(t, path), -1)
		if len(images) == 0 {
			t.Errorf("%s has no base", path)
		}
		for _, found := range images {
			if !digest.MatchString(found[1]) {
				t.Errorf("%s: %s is not pinned by a digest", path, found[1])
			}
		}
	}
}

// The job with tokens that can publish runs nothing that others wrote for node: no actions
// but GitHub's own, no npm, and not the checks, which use it.
func TestTheJobThatPublishesRunsNoNodeCodeOfOthers(t *testing.T) {
	text := read(t, "../.github/workflows/release.yml")
	_, jobs, found := strings.Cut(text, "\njobs:\n")
	if !found || strings.Contains(text[:len(text)-len(jobs)], "write") {
		t.Fatal("the release has no jobs, or all of them may write")
	}
	publishing := 0
	for _, job := range regexp.MustCompile(`(?m)^  [\w-]+:$`).Split(jobs, -1) {
		if !strings.Contains(job, ": write") && !strings.Contains(job, "secrets.") {
			continue
		}
		publishing++
		for _, found := range regexp.MustCompile(`uses:\s*(\S+)`).FindAllStringSubmatch(job, -1) {
			if !strings.HasPrefix(found[1], "actions/") || strings.HasPrefix(found[1], "actions/setup-node") {
				t.Errorf("the job that publishes uses %s", found[1])
			}
		}
		if bad := regexp.MustCompile(`\b(npm|npx|node|yarn|pnpm)\b|\.ci/run|make mcpb`).FindString(job); bad != "" || !strings.Contains(job, `MCPB_MADE: "1"`) {
			t.Errorf("the job that publishes runs %q", bad)
		}
		for _, want := range []string{"cosign sign --yes \"$name@$digest\"", "subject-digest: ${{ steps.image.outputs.digest }}", "needs: check"} {
			if !strings.Contains(job, want) {
				t.Errorf("the job that publishes lacks %s", want)
			}
		}
	}
	if publishing != 1 {
		t.Errorf("%d jobs can publish", publishing)
	}
}
