using System.Text.Json.Nodes;

namespace Godwit.Cli.Tests;

public sealed class YamlTests
{
    [Fact]
    public void Lists_objects_and_doubtful_texts_are_written_so_that_they_read_back()
    {
        var yaml = Yaml.Of(JsonNode.Parse("""[{"id":"rel42","n":3,"yes":"yes","version":"1.0","empty":[],"text":"a: b","lines":"a\nb","in":{"deep":[1,{"x":null}]}},{"id":"b"}]"""));
        Assert.Equal(
            """
            - id: rel42
              "n": 3
              "yes": "yes"
              version: "1.0"
              empty: []
              text: "a: b"
              lines: "a\nb"
              in:
                deep:
                  - 1
                  - x: null
            - id: b

            """.ReplaceLineEndings("\n"),
            yaml);
    }
}
