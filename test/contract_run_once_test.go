package test

import "testing"

// Fix 9: a job without an interval, or with 0, runs once.
func TestContractAJobWithoutAnIntervalRunsOnce(t *testing.T) {
	t.Parallel()
	var scenes []scene
	for name, args := range map[string][]any{
		"absent": {}, "0": {0}, "0.0": {"0.0"}, "-0": {"-0"}, "an empty string": {""},
	} {
		create := append([]any{1000, "a", "shell", "p"}, args...)
		scenes = append(
			scenes,
			scene{name + ", at once", []step{put(create...), kept("a"), score("a", 1000), tick(1, 1000), gone("a"), tick(0, 1000), tick(0, 99999), taken("shell", "a")}},
			scene{name + ", by JSETNX", []step{call(1, "jsetnx", create...), kept("a"), score("a", 1000), unchanged(call(0, "jsetnx", create...)), tick(1, 1000), gone("a"), call(1, "jsetnx", create...)}},
			scene{name + ", late", []step{put(create...), tick(1, 50000), gone("a"), taken("shell", "a")}},
		)
	}
	scenes = append(
		scenes,
		scene{"at a start to come", []step{put(1000, "a", "shell", "p", 0, 5000), score("a", 5000), tick(0, 4999), kept("a"), tick(1, 5000), gone("a")}},
		scene{"at a start in the past", []step{put(1000, "a", "shell", "p", "", 500), score("a", 500), tick(1, 1000), gone("a")}},
		scene{"not after its stop", []step{put(1000, "a", "shell", "p", "", 5000, 4000), tick(0, 5000), gone("a")}},
		scene{"at its stop", []step{put(1000, "a", "shell", "p", "", 5000, 5000), tick(1, 5000), gone("a")}},
		scene{"while its runner is not served it waits", []step{put(1000, "a", "shell", "p"), unchanged(tick(0, 2000, "http")), tick(1, 3000), gone("a")}},
		scene{"with a lambda", []step{put(1000, "a", "shell", "p", 0, "", "", 2, 10), tick(1, 2000), gone("a")}},
		scene{"put again while due, still once", []step{put(1000, "a", "shell", "p"), put(1001, "a", "shell", "q"), score("a", 1000), tick(1, 1002), gone("a"), taken("shell", "a")}},
	)
	play(t, scenes)
}

func TestContractOldMetadataWithoutAUsableIntervalRunsOnce(t *testing.T) {
	t.Parallel()
	var scenes []scene
	for _, more := range []string{
		`"start":1000`, `"start":1000,"interval":0`, `"start":1000,"interval":null`, `"start":1000,"interval":"soon"`, `"start":1000,"interval":""`,
		`"start":1000,"interval":-5`, `"start":1000,"interval":[]`, `"start":1000,"interval":{}`, `"start":1000,"interval":true`,
		`"start":1000,"interval":0,"lambda":"2","step":"10"`, `"start":1000,"interval":0,"lambda":"0","step":"0"`,
	} {
		scenes = append(scenes, scene{more, []step{
			byHand("a", hand("a", more), 1000), put(1000, "plain", "shell", "p", 60),
			tick(2, 1000), gone("a"), taken("shell", "a", "plain"), tick(0, 1001), tick(1, 1060), taken("shell", "plain"),
		}})
	}
	play(t, scenes)
}
