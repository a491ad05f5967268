using Godwit.Server.Http;

namespace Godwit.Server.Tests.Http;

public sealed class OperationTableTests
{
    [Fact]
    public void Every_operation_is_found_by_its_own_method_and_path()
    {
        foreach (var service in ServiceCatalog.RestJson)
        {
            foreach (var operation in service.Operations)
            {
                var path = operation.UriTemplate.Replace('{', 'x').Replace('}', 'x');
                Assert.Equal(operation.Name, service.Match(operation.Method, path)?.Operation.Name);
            }
        }
    }

    [Theory]
    [InlineData("iot", "GET", "/things/dev7/jobs", "ListJobExecutionsForThing")]
    [InlineData("iot-jobs-data", "GET", "/things/dev7/jobs", "GetPendingJobExecutions")]
    [InlineData("iot", "GET", "/things/dev7/jobs/j1", "DescribeJobExecution")]
    [InlineData("iot-jobs-data", "PUT", "/things/dev7/jobs/$next", "StartNextPendingJobExecution")]
    [InlineData("iot-jobs-data", "PUT", "/things/dev7/jobs/%24next", "StartNextPendingJobExecution")]
    [InlineData("iot-jobs-data", "GET", "/things/dev7/jobs/%24next", "DescribeJobExecution")]
    [InlineData("iot-jobs-data", "POST", "/things/dev7/jobs/j1", "UpdateJobExecution")]
    public void Paths_that_two_services_share_are_told_apart_by_the_service(string scope, string method, string path, string operation) =>
        Assert.Equal(operation, ServiceCatalog.Find(scope)?.Match(method, path)?.Operation.Name);

    [Theory]
    [InlineData("/topics/a%2Fb", "a/b")]
    [InlineData("/topics/a+b%20c", "a+b c")]
    [InlineData("/topics/%252F", "%2F")]
    [InlineData("/topics/%E2%82%AC", "€")]
    [InlineData("/topics/", "")]
    public void A_label_is_decoded_once_after_the_path_is_split(string path, string topic) =>
        Assert.Equal(topic, ServiceCatalog.Find("iotdata")?.Match("POST", path)?.Labels["topic"]);

    [Theory]
    [InlineData("/topics/a/b")]
    [InlineData("/topics/%FF")]
    [InlineData("/topics/%2")]
    [InlineData("/Topics/a")]
    [InlineData("//topics/a")]
    [InlineData("topics/a")]
    [InlineData("")]
    [InlineData("/")]
    public void What_is_no_path_of_an_operation_finds_none(string path) =>
        Assert.Null(ServiceCatalog.Find("iotdata")?.Match("POST", path));

    [Fact]
    public void A_greedy_label_takes_the_rest_with_its_slashes()
    {
        var table = new OperationTable([new("s", "Get", "GET", "/b/{key+}", null, null, [])]);
        Assert.Equal("x/y/z", table.Match("GET", "/b/x/y%2Fz")?.Labels["key"]);
        Assert.Null(table.Match("PUT", "/b/x"));
    }
}
