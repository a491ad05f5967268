namespace Godwit.Server.Iam;

/// <summary>
/// The policies of AWS that guides and pipelines for updates attach by name: for each what it allows, as far as services here are concerned.
/// AWS: Managed policy reference.
/// </summary>
internal static class AwsManagedPolicies
{
    private const string Prefix = "arn:aws:iam::aws:policy/";

    private static readonly Dictionary<string, string> ByArn = new(StringComparer.Ordinal)
    {
        [Prefix + "AdministratorAccess"] = Allow("*"),
        [Prefix + "PowerUserAccess"] = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotAction":["iam:*","organizations:*","account:*"],"Resource":"*"},{"Effect":"Allow","Action":["iam:ListRoles"],"Resource":"*"}]}""",
        [Prefix + "ReadOnlyAccess"] = Allow("acm:Describe*", "acm:Get*", "acm:List*", "iam:Get*", "iam:List*", "iot:Describe*", "iot:Get*", "iot:List*", "iot:SearchIndex", "s3:Get*", "s3:List*", "signer:Get*", "signer:List*", "signer:Describe*", "sts:GetCallerIdentity"),
        [Prefix + "AWSIoTFullAccess"] = Allow("iot:*", "iotjobsdata:*"),
        [Prefix + "AWSIoTConfigAccess"] = Allow("iot:Accept*", "iot:Add*", "iot:Associate*", "iot:Attach*", "iot:Cancel*", "iot:Create*", "iot:Delete*", "iot:Deprecate*", "iot:Describe*", "iot:Detach*", "iot:Get*", "iot:List*", "iot:Register*", "iot:Remove*", "iot:Search*", "iot:Set*", "iot:Tag*", "iot:Test*", "iot:Untag*", "iot:Update*"),
        [Prefix + "AWSIoTConfigReadOnlyAccess"] = Allow("iot:Describe*", "iot:Get*", "iot:List*", "iot:SearchIndex", "iot:TestAuthorization"),
        [Prefix + "AWSIoTDataAccess"] = Allow("iot:Connect", "iot:Publish", "iot:Subscribe", "iot:Receive", "iot:GetThingShadow", "iot:UpdateThingShadow", "iot:DeleteThingShadow", "iot:ListNamedShadowsForThing"),
        [Prefix + "AWSIoTOTAUpdate"] = Allow("iot:CreateJob", "signer:DescribeSigningJob"),
        [Prefix + "AmazonS3FullAccess"] = Allow("s3:*", "s3-object-lambda:*"),
        [Prefix + "AmazonS3ReadOnlyAccess"] = Allow("s3:Get*", "s3:List*", "s3:Describe*", "s3-object-lambda:Get*", "s3-object-lambda:List*"),
        [Prefix + "IAMFullAccess"] = Allow("iam:*", "organizations:Describe*", "organizations:List*"),
        [Prefix + "IAMReadOnlyAccess"] = Allow("iam:Generate*", "iam:Get*", "iam:List*", "iam:Simulate*"),
        [Prefix + "AWSCertificateManagerFullAccess"] = Allow("acm:*"),
        [Prefix + "AWSCertificateManagerReadOnly"] = Allow("acm:DescribeCertificate", "acm:ListCertificates", "acm:GetCertificate", "acm:ListTagsForCertificate"),
        [Prefix + "AmazonFreeRTOSFullAccess"] = Allow("freertos:*"),
        [Prefix + "service-role/AWSIoTLogging"] = Allow("logs:*"),
        [Prefix + "service-role/AWSIoTRuleActions"] = Allow("dynamodb:PutItem", "kinesis:PutRecord", "iot:Publish", "s3:PutObject", "sns:Publish", "sqs:SendMessage*"),
        [Prefix + "service-role/AWSIoTThingsRegistration"] = Allow("iot:AddThingToThingGroup", "iot:AttachPolicy", "iot:AttachPrincipalPolicy", "iot:AttachThingPrincipal", "iot:CreateCertificateFromCsr", "iot:CreatePolicy", "iot:CreateThing", "iot:DescribeCertificate", "iot:DescribeThing", "iot:DescribeThingGroup", "iot:DescribeThingType", "iot:DetachPolicy", "iot:DetachThingPrincipal", "iot:GetPolicy", "iot:ListAttachedPolicies", "iot:ListPolicyPrincipals", "iot:ListPrincipalPolicies", "iot:ListPrincipalThings", "iot:ListTargetsForPolicy", "iot:ListThingGroupsForThing", "iot:ListThingPrincipals", "iot:RegisterCertificate", "iot:RegisterThing", "iot:RemoveThingFromThingGroup", "iot:UpdateCertificate", "iot:UpdateThing", "iot:UpdateThingGroupsForThing", "iot:AddThingToBillingGroup", "iot:DescribeBillingGroup", "iot:RemoveThingFromBillingGroup"),
        // Buckets of other names need a policy of their own on the role.
        [Prefix + "service-role/AmazonFreeRTOSOTAUpdate"] =
            """
            {"Version":"2012-10-17","Statement":[
            {"Effect":"Allow","Action":["s3:GetObjectVersion","s3:PutObject","s3:GetObject"],"Resource":"arn:aws:s3:::afr-ota*"},
            {"Effect":"Allow","Action":["signer:StartSigningJob","signer:DescribeSigningJob","signer:GetSigningProfile","signer:PutSigningProfile"],"Resource":"*"},
            {"Effect":"Allow","Action":["s3:ListBucketVersions","s3:ListBucket","s3:ListAllMyBuckets","s3:GetBucketLocation"],"Resource":"*"},
            {"Effect":"Allow","Action":["iot:DeleteJob","iot:DescribeJob"],"Resource":"arn:aws:iot:*:*:job/AFR_OTA*"},
            {"Effect":"Allow","Action":["iot:DeleteStream"],"Resource":"arn:aws:iot:*:*:stream/AFR_OTA*"},
            {"Effect":"Allow","Action":["iot:CreateStream","iot:CreateJob"],"Resource":"*"}]}
            """,
    };

    public static IReadOnlyCollection<string> Arns => ByArn.Keys;

    public static string? Find(string arn) => ByArn.GetValueOrDefault(arn);

    public static string NameOf(string arn) => arn[(arn.LastIndexOf('/') + 1)..];

    public static string PathOf(string arn) => arn[(Prefix.Length - 1)..(arn.LastIndexOf('/') + 1)];

    private static string Allow(params string[] actions) =>
        $$"""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":[{{string.Join(',', actions.Select(action => $"\"{action}\""))}}],"Resource":"*"}]}""";
}
