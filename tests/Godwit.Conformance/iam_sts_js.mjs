// AWS SDK for JavaScript v3: the life of a role, a user, a policy and temporary keys, in the account of the other key: roles there must not bind other scripts.
import {
  AttachRolePolicyCommand, AttachUserPolicyCommand, CreateAccessKeyCommand, CreatePolicyCommand, CreateRoleCommand, CreateUserCommand, DeleteAccessKeyCommand, DeletePolicyCommand,
  DeleteRoleCommand, DeleteRolePolicyCommand, DeleteUserCommand, DetachRolePolicyCommand, DetachUserPolicyCommand, EntityAlreadyExistsException, GetPolicyCommand, GetRoleCommand,
  GetRolePolicyCommand, GetUserCommand, IAMClient, ListAccessKeysCommand, MalformedPolicyDocumentException, NoSuchEntityException, paginateListAttachedRolePolicies, paginateListRoles,
  PutRolePolicyCommand, TagRoleCommand, UpdateAccessKeyCommand, UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { CreateThingCommand, DescribeThingCommand, IoTClient } from '@aws-sdk/client-iot';
import { AssumeRoleCommand, GetCallerIdentityCommand, GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts';
import { check, fail, mark, refused, run, service } from './_checks.mjs';

const account = '123456789012';
const root = { accessKeyId: process.env.GODWIT_OTHER_ACCESS_KEY_ID, secretAccessKey: process.env.GODWIT_OTHER_SECRET_ACCESS_KEY };
const as = (credentials) => ({ ...service, credentials });
const keysOf = ({ Credentials: keys }) => ({ accessKeyId: keys.AccessKeyId, secretAccessKey: keys.SecretAccessKey, sessionToken: keys.SessionToken });
const [iam, sts] = [new IAMClient(as(root)), new STSClient(as(root))];
const [role, user, policy] = [`js-role-${mark}`, `js-user-${mark}`, `js-policy-${mark}`];
const allow = (...actions) => JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }] });
const trust = JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'sts:AssumeRole' }] });

async function roles() {
  const made = (await iam.send(new CreateRoleCommand({ RoleName: role, AssumeRolePolicyDocument: trust, Tags: [{ Key: 'by', Value: 'js' }] }))).Role;
  check('role', [made.Arn, made.Path], [`arn:aws:iam::${account}:role/${role}`, '/']);
  await iam.send(new TagRoleCommand({ RoleName: role, Tags: [{ Key: 'line', Value: '7' }] }));
  const read = (await iam.send(new GetRoleCommand({ RoleName: role }))).Role;
  check('trust', JSON.parse(decodeURIComponent(read.AssumeRolePolicyDocument)), JSON.parse(trust));
  check('tags', read.Tags, [{ Key: 'by', Value: 'js' }, { Key: 'line', Value: '7' }]);
  if (!(read.CreateDate instanceof Date)) fail(`CreateDate is ${read.CreateDate}`);
  await iam.send(new PutRolePolicyCommand({ RoleName: role, PolicyName: 'inline', PolicyDocument: allow('iot:DescribeThing') }));
  check('inline policy', JSON.parse(decodeURIComponent((await iam.send(new GetRolePolicyCommand({ RoleName: role, PolicyName: 'inline' }))).PolicyDocument)), JSON.parse(allow('iot:DescribeThing')));
  const arn = (await iam.send(new CreatePolicyCommand({ PolicyName: policy, PolicyDocument: allow('iot:CreateThing') }))).Policy.Arn;
  await iam.send(new AttachRolePolicyCommand({ RoleName: role, PolicyArn: arn }));
  const attached = [];
  for await (const page of paginateListAttachedRolePolicies({ client: iam, pageSize: 1 }, { RoleName: role })) attached.push(...page.AttachedPolicies.map((one) => one.PolicyArn));
  check('attached', attached, [arn]);
  check('attachments', (await iam.send(new GetPolicyCommand({ PolicyArn: arn }))).Policy.AttachmentCount, 1);
  const names = [];
  for await (const page of paginateListRoles({ client: iam, pageSize: 1 }, {})) names.push(...page.Roles.map((one) => one.RoleName));
  check('listed', names.includes(role), true);

  const again = await refused('the role again', 'EntityAlreadyExistsException', () => iam.send(new CreateRoleCommand({ RoleName: role, AssumeRolePolicyDocument: trust })));
  const malformed = await refused('a trust that is none', 'MalformedPolicyDocumentException', () => iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: role, PolicyDocument: '{}' })));
  const missing = await refused('no role', 'NoSuchEntityException', () => iam.send(new GetRoleCommand({ RoleName: `${role}-none` })));
  check('classes', [again instanceof EntityAlreadyExistsException, malformed instanceof MalformedPolicyDocumentException, missing instanceof NoSuchEntityException], [true, true, true]);
  return { roleArn: made.Arn, policyArn: arn };
}

async function sessions({ roleArn }) {
  check('who', (await sts.send(new GetCallerIdentityCommand({}))).Account, account);
  const assumed = await sts.send(new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: 'js', DurationSeconds: 900 }));
  check('session', assumed.AssumedRoleUser.Arn, `arn:aws:sts::${account}:assumed-role/${role}/js`);
  const within = as(keysOf(assumed));
  check('who by the session', (await new STSClient(within).send(new GetCallerIdentityCommand({}))).Arn, assumed.AssumedRoleUser.Arn);
  const iot = new IoTClient(within);
  await iot.send(new CreateThingCommand({ thingName: `js-${mark}` }));
  check('what both policies allow', (await iot.send(new DescribeThingCommand({ thingName: `js-${mark}` }))).thingName, `js-${mark}`);
  await refused('what none allows', 'AccessDenied', () => new IAMClient(within).send(new GetRoleCommand({ RoleName: role })));
  const own = await sts.send(new GetSessionTokenCommand({}));
  check('the account by its own session', (await new STSClient(as(keysOf(own))).send(new GetCallerIdentityCommand({}))).Account, account);
  await refused('a session token that is wrong', 'InvalidClientTokenId', () => new STSClient(as({ ...keysOf(own), sessionToken: 'wrong' })).send(new GetCallerIdentityCommand({})));
}

async function users({ policyArn }) {
  await iam.send(new CreateUserCommand({ UserName: user }));
  check('user', (await iam.send(new GetUserCommand({ UserName: user }))).User.UserName, user);
  const key = (await iam.send(new CreateAccessKeyCommand({ UserName: user }))).AccessKey;
  const iot = new IoTClient(as({ accessKeyId: key.AccessKeyId, secretAccessKey: key.SecretAccessKey }));
  await refused('without a policy', 'AccessDeniedException', () => iot.send(new CreateThingCommand({ thingName: `js-user-${mark}` })));
  await iam.send(new AttachUserPolicyCommand({ UserName: user, PolicyArn: policyArn }));
  await iot.send(new CreateThingCommand({ thingName: `js-user-${mark}` }));
  await iam.send(new UpdateAccessKeyCommand({ UserName: user, AccessKeyId: key.AccessKeyId, Status: 'Inactive' }));
  check('keys', (await iam.send(new ListAccessKeysCommand({ UserName: user }))).AccessKeyMetadata.map((one) => one.Status), ['Inactive']);
  await refused('by a key that is off', 'UnrecognizedClientException', () => iot.send(new DescribeThingCommand({ thingName: `js-${mark}` })));
  await refused('a user with keys', 'DeleteConflictException', () => iam.send(new DeleteUserCommand({ UserName: user })));
  await iam.send(new DeleteAccessKeyCommand({ UserName: user, AccessKeyId: key.AccessKeyId }));
  await iam.send(new DetachUserPolicyCommand({ UserName: user, PolicyArn: policyArn }));
  await iam.send(new DeleteUserCommand({ UserName: user }));
}

async function end({ policyArn }) {
  await refused('a role with policies', 'DeleteConflictException', () => iam.send(new DeleteRoleCommand({ RoleName: role })));
  await refused('a policy in use', 'DeleteConflictException', () => iam.send(new DeletePolicyCommand({ PolicyArn: policyArn })));
  await iam.send(new DetachRolePolicyCommand({ RoleName: role, PolicyArn: policyArn }));
  await iam.send(new DeleteRolePolicyCommand({ RoleName: role, PolicyName: 'inline' }));
  await iam.send(new DeletePolicyCommand({ PolicyArn: policyArn }));
  await iam.send(new DeleteRoleCommand({ RoleName: role }));
  await refused('the role is gone', 'NoSuchEntityException', () => iam.send(new GetRoleCommand({ RoleName: role })));
}

await run(async () => {
  const made = await roles();
  await sessions(made);
  await users(made);
  await end(made);
});
