metadata description = 'What somebody is told of. Log alerts run a query of infra/queries: each row it gives is an alarm. Queues are watched by their own metrics, which no log has.'

param actionGroupName string
param namePrefix string
param location string
param tags object
param enabled bool
param email string
param noTrafficWindow string
param backlogThreshold int
param workspaceId string

@description('What every query begins with.')
param queryPrologue string

@description('Names of the namespaces, the first one first.')
param namespaces array

@description('Queues where payloads wait for an archive that fails.')
param backlogQueues array

// Lines arrive in the workspace minutes late. Rules of single events judge each line when it has come in, within an hour of its own time; the others
// look over a window that is longer than the time between two runs, so that what is late in one is there in the next.
var logAlerts = [
  {
    name: 'breaker-opened'
    description: 'A circuit breaker opened. Events go on in a degraded way, or are answered 503 when it is the one of Service Bus.'
    query: loadTextContent('../queries/alert-breaker-opened.kql')
    severity: 2
    frequency: 'PT5M'
    window: 'PT1H'
    dimensions: ['Breaker']
  }
  {
    name: 'breaker-open-for-5-minutes'
    description: 'A circuit breaker has not closed for five minutes: the dependency does not come back by itself.'
    query: loadTextContent('../queries/alert-breaker-open-for-5-minutes.kql')
    severity: 1
    frequency: 'PT5M'
    window: 'PT1H'
    dimensions: ['Breaker']
  }
  {
    name: 'webhooks-unavailable'
    description: 'More than one webhook in a hundred was answered 503. Nothing acknowledged is lost, but most senders do not send again by themselves.'
    query: loadTextContent('../queries/alert-webhooks-unavailable.kql')
    severity: 1
    frequency: 'PT5M'
    window: 'PT15M'
    dimensions: []
  }
  {
    name: 'availability'
    description: 'Of the webhooks of the last hour, fewer than 99.9 % were taken.'
    query: loadTextContent('../queries/alert-availability.kql')
    severity: 2
    frequency: 'PT15M'
    window: 'PT1H'
    dimensions: []
  }
  {
    name: 'webhooks-throttled'
    description: 'Many deliveries were answered 429: one address sends many that do not verify. Genuine ones are taken all the same.'
    query: loadTextContent('../queries/alert-webhooks-throttled.kql')
    severity: 3
    frequency: 'PT5M'
    window: 'PT15M'
    dimensions: []
  }
  {
    name: 'dependency-failing'
    description: 'More than one webhook in ten was not served as usual on account of a dependency.'
    query: loadTextContent('../queries/alert-dependency-failing.kql')
    severity: 2
    frequency: 'PT5M'
    window: 'PT15M'
    dimensions: ['Dependency']
  }
  {
    name: 'fallbacks-taken'
    description: 'More than half of the webhooks went another way than through a dependency.'
    query: loadTextContent('../queries/alert-fallbacks-taken.kql')
    severity: 1
    frequency: 'PT5M'
    window: 'PT15M'
    dimensions: ['Dependency']
  }
  {
    name: 'dependency-throttled'
    description: 'A dependency asks for fewer requests: its tier or its capacity is too small.'
    query: loadTextContent('../queries/alert-dependency-throttled.kql')
    severity: 2
    frequency: 'PT5M'
    window: 'PT15M'
    dimensions: ['Dependency']
  }
  {
    name: 'signatures-refused'
    description: 'Many deliveries did not verify: somebody tries, or the secret was changed on one side only.'
    query: loadTextContent('../queries/alert-signatures-refused.kql')
    severity: 2
    frequency: 'PT5M'
    window: 'PT15M'
    dimensions: ['Provider']
  }
  {
    name: 'secret-unusable'
    description: 'A secret is missing or unfit, or could not be read: what it verifies is refused.'
    query: loadTextContent('../queries/alert-secret-unusable.kql')
    severity: 1
    frequency: 'PT5M'
    window: 'PT1H'
    dimensions: ['Secret']
  }
  {
    name: 'outbox-stuck'
    description: 'For fifteen minutes the outbox, the archive backlog or the quarantine could not deliver what it holds.'
    query: loadTextContent('../queries/alert-outbox-stuck.kql')
    severity: 1
    frequency: 'PT5M'
    window: 'PT15M'
    dimensions: ['Work']
  }
  {
    name: 'timer-stopped'
    description: 'The timer that empties the outbox has not run for fifteen minutes.'
    query: loadTextContent('../queries/alert-timer-stopped.kql')
    severity: 2
    frequency: 'PT5M'
    window: 'PT30M'
    dimensions: []
  }
  {
    name: 'dead-lettered'
    description: 'Something owed was given up, or put aside because it cannot be read or verified: it needs a person.'
    query: loadTextContent('../queries/alert-dead-lettered.kql')
    severity: 1
    frequency: 'PT5M'
    window: 'PT1H'
    dimensions: ['Event']
  }
  {
    name: 'outbox-unwritten'
    description: 'Storage refuses to let the outbox change a record whose copies were tried.'
    query: loadTextContent('../queries/alert-outbox-unwritten.kql')
    severity: 2
    frequency: 'PT5M'
    window: 'PT30M'
    dimensions: ['Write']
  }
  {
    name: 'deliveries-missing'
    description: 'Deliveries failed at their sender although they were asked for three times.'
    query: loadTextContent('../queries/alert-deliveries-missing.kql')
    severity: 2
    frequency: 'PT15M'
    window: 'PT1H'
    dimensions: []
  }
  {
    name: 'internal-errors'
    description: 'A request or a timer ended in a bug.'
    query: loadTextContent('../queries/alert-internal-errors.kql')
    severity: 1
    frequency: 'PT5M'
    window: 'PT1H'
    dimensions: ['Event']
  }
  {
    name: 'commands-refused'
    description: 'Commands came without a valid admin token, from somebody who has the function key.'
    query: loadTextContent('../queries/alert-commands-refused.kql')
    severity: 2
    frequency: 'PT5M'
    window: 'PT15M'
    dimensions: ['Command']
  }
]

// Declared even when it is off: left out, the rule of an earlier deployment would stay on.
var quietAlerts = [
  {
    name: 'no-traffic'
    description: 'No webhook came. Look at the deliveries that the sender lists.'
    query: loadTextContent('../queries/alert-no-traffic.kql')
    severity: 3
    frequency: 'PT1H'
    window: empty(noTrafficWindow) ? 'P1D' : noTrafficWindow
    dimensions: []
  }
]
var allLogAlerts = concat(
  map(logAlerts, alert => union(alert, { enabled: enabled })),
  map(quietAlerts, alert => union(alert, { enabled: enabled && !empty(noTrafficWindow) }))
)

var queueAlerts = [
  {
    name: 'queue-dead-letters'
    description: 'Messages are in the dead-letter queue of a bot, or of the archive backlog: they need a person.'
    metric: 'DeadletteredMessages'
    aggregation: 'Maximum'
    threshold: 0
    window: 'PT5M'
    severity: 1
    queues: ['*']
  }
  {
    name: 'queue-backlog'
    description: 'A bot does not keep up with its queue.'
    metric: 'ActiveMessages'
    aggregation: 'Minimum'
    threshold: backlogThreshold
    window: 'PT15M'
    severity: 2
    queues: ['*']
  }
  {
    name: 'archive-backlog'
    description: 'For fifteen minutes the archive has been owed payloads: storage fails, or the timer does not run.'
    metric: 'ActiveMessages'
    aggregation: 'Minimum'
    threshold: 0
    window: 'PT15M'
    severity: 2
    queues: backlogQueues
  }
]

resource actionGroup 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: actionGroupName
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'breakwater'
    emailReceivers: empty(email) ? [] : [{ name: 'operators', emailAddress: email, useCommonAlertSchema: true }]
  }
}

resource logRules 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [for (alert, index) in allLogAlerts: {
  name: '${namePrefix}-${alert.name}'
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: 'Breakwater: ${alert.name}'
    description: alert.description
    severity: alert.severity
    enabled: alert.enabled
    scopes: [workspaceId]
    evaluationFrequency: alert.frequency
    windowSize: alert.window
    autoMitigate: true
    // The tables of Application Insights appear with the first line that is logged, which is after this.
    skipQueryValidation: true
    criteria: {
      allOf: [
        {
          query: '${queryPrologue}${alert.query}'
          timeAggregation: 'Count'
          operator: 'GreaterThan'
          threshold: 0
          dimensions: map(alert.dimensions, dimension => { name: dimension, operator: 'Include', values: ['*'] })
          failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
        }
      ]
    }
    actions: { actionGroups: [actionGroup.id] }
  }
}]

// The rules of a further namespace have its number, or its bot, in their names.
var queueRulesOfAll = flatten(map(
  range(0, length(namespaces)),
  place =>
    map(queueAlerts, alert => {
      name: place == 0 ? alert.name : '${alert.name}-${namespaces[place].shard}'
      namespace: namespaces[place].name
      alert: alert
    })
))

resource queueRules 'Microsoft.Insights/metricAlerts@2018-03-01' = [for (rule, index) in queueRulesOfAll: {
  name: '${namePrefix}-${rule.name}'
  location: 'global'
  tags: tags
  properties: {
    description: rule.alert.description
    severity: rule.alert.severity
    enabled: enabled
    scopes: [resourceId('Microsoft.ServiceBus/namespaces', rule.namespace)]
    evaluationFrequency: 'PT5M'
    windowSize: rule.alert.window
    autoMitigate: true
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: rule.alert.name
          metricNamespace: 'Microsoft.ServiceBus/namespaces'
          metricName: rule.alert.metric
          timeAggregation: rule.alert.aggregation
          operator: 'GreaterThan'
          threshold: rule.alert.threshold
          dimensions: [{ name: 'EntityName', operator: 'Include', values: rule.alert.queues }]
        }
      ]
    }
    actions: [{ actionGroupId: actionGroup.id }]
  }
}]
